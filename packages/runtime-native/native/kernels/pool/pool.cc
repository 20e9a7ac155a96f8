#include "kernels/pool/pool.h"

#include "kernels/registry.h"

namespace weightfold {

#define KERNEL(variable) extern const PoolKernel variable;
#include "kernels/pool/kernels.inc"
#undef KERNEL

namespace {
#define KERNEL(variable) &variable,
constexpr const PoolKernel* kKernels[] = {
#include "kernels/pool/kernels.inc"
};
#undef KERNEL
constexpr int kCount = sizeof(kKernels) / sizeof(kKernels[0]);
}  // namespace

const PoolKernel* const* PoolKernels(int* count) {
  *count = kCount;
  return kKernels;
}

const PoolKernel& SelectPool(uint32_t features) {
  int i = kCount - 1;
  while (i > 0 && (kKernels[i]->features & ~features) != 0) --i;
  return *kKernels[i];
}

}  // namespace weightfold
