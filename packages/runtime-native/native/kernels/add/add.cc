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

const AddKernel& SelectAdd(uint32_t features) { return SelectSupported(kKernels, features); }

}  // namespace weightfold
