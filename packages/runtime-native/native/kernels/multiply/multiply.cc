#include "kernels/multiply/multiply.h"

#include "kernels/registry.h"

namespace weightfold {

#define KERNEL(variable) extern const MultiplyKernel variable;
#include "kernels/multiply/kernels.inc"
#undef KERNEL

namespace {
#define KERNEL(variable) &variable,
constexpr const MultiplyKernel* kKernels[] = {
#include "kernels/multiply/kernels.inc"
};
#undef KERNEL
constexpr int kCount = sizeof(kKernels) / sizeof(kKernels[0]);
}  // namespace

const MultiplyKernel* const* MultiplyKernels(int* count) {
  *count = kCount;
  return kKernels;
}

const MultiplyKernel& SelectMultiply(uint32_t features) { return SelectSupported(kKernels, features); }

}  // namespace weightfold
