#include "kernels/conv/conv.h"

#include "kernels/registry.h"

namespace weightfold {

#define KERNEL(variable) extern const ConvKernel variable;
#include "kernels/conv/kernels.inc"
#undef KERNEL

namespace {
#define KERNEL(variable) &variable,
constexpr const ConvKernel* kKernels[] = {
#include "kernels/conv/kernels.inc"
};
#undef KERNEL
constexpr int kCount = sizeof(kKernels) / sizeof(kKernels[0]);
}  // namespace

const ConvKernel* const* ConvKernels(int* count) {
  *count = kCount;
  return kKernels;
}

const ConvKernel& SelectConv(uint32_t features, const ConvShape& shape, const ConvParameters& parameters) {
  return SelectSuited(kKernels, features, shape, parameters);
}

}  // namespace weightfold
