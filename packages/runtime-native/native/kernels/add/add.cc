#include "kernels/add/add.h"

#include "kernels/registry.h"

namespace weightfold {

#define KERNEL(variable) extern const AddKernel variable;
#include "kernels/add/kernels.inc"
#undef KERNEL

namespace {
#define KERNEL(variable) &variable,
constexpr const AddKernel* kKernels[] = {
#include "kernels/add/kernels.inc"
};
#undef KERNEL
constexpr int kCount = sizeof(kKernels) / sizeof(kKernels[0]);
}  // namespace

const AddKernel* const* AddKernels(int* count) {
  *count = kCount;
  return kKernels;
}

const AddKernel& SelectAdd(uint32_t features) {
  int i = kCount - 1;
  while (i > 0 && (kKernels[i]->features & ~features) != 0) --i;
  return *kKernels[i];
}

}  // namespace weightfold
