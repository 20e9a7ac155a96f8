#include "kernels/depthwise/depthwise.h"

#include "kernels/registry.h"

namespace weightfold {

#define KERNEL(variable) extern const DepthwiseKernel variable;
#include "kernels/depthwise/kernels.inc"
#undef KERNEL

namespace {
#define KERNEL(variable) &variable,
constexpr const DepthwiseKernel* kKernels[] = {
#include "kernels/depthwise/kernels.inc"
};
#undef KERNEL
constexpr int kCount = sizeof(kKernels) / sizeof(kKernels[0]);
}  // namespace

const DepthwiseKernel* const* DepthwiseKernels(int* count) {
  *count = kCount;
  return kKernels;
}

const DepthwiseKernel& SelectDepthwise(uint32_t features) { return SelectSupported(kKernels, features); }

}  // namespace weightfold
