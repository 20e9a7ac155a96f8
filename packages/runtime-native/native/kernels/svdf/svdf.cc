#include "kernels/svdf/svdf.h"

#include "kernels/registry.h"

namespace weightfold {

#define KERNEL(variable) extern const SvdfKernel variable;
#include "kernels/svdf/kernels.inc"
#undef KERNEL

namespace {
#define KERNEL(variable) &variable,
constexpr const SvdfKernel* kKernels[] = {
#include "kernels/svdf/kernels.inc"
};
#undef KERNEL
constexpr int kCount = sizeof(kKernels) / sizeof(kKernels[0]);
}  // namespace

const SvdfKernel* const* SvdfKernels(int* count) {
  *count = kCount;
  return kKernels;
}

const SvdfKernel& SelectSvdf(uint32_t features, const SvdfShape& shape, const SvdfParameters& parameters) {
  return SelectSuited(kKernels, features, shape, parameters);
}

}  // namespace weightfold
