#include "kernels/mean/mean.h"

#include "kernels/registry.h"

namespace weightfold {

#define KERNEL(variable) extern const MeanKernel variable;
#include "kernels/mean/kernels.inc"
#undef KERNEL

namespace {
#define KERNEL(variable) &variable,
constexpr const MeanKernel* kKernels[] = {
#include "kernels/mean/kernels.inc"
};
#undef KERNEL
constexpr int kCount = sizeof(kKernels) / sizeof(kKernels[0]);
}  // namespace

const MeanKernel* const* MeanKernels(int* count) {
  *count = kCount;
  return kKernels;
}

const MeanKernel& SelectMean(uint32_t features) { return SelectSupported(kKernels, features); }

}  // namespace weightfold
