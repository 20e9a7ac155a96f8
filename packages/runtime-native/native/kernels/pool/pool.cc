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

const PoolKernel& SelectPool(uint32_t features) { return SelectSupported(kKernels, features); }

}  // namespace weightfold
