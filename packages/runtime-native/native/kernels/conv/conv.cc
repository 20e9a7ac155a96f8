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

const ConvKernel& SelectConv(uint32_t features) {
  int i = kCount - 1;
  while (i > 0 && (kKernels[i]->features & ~features) != 0) --i;
  return *kKernels[i];
}

}  // namespace weightfold
