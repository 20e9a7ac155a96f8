#include "kernels/fully_connected/fully_connected.h"

#include "kernels/registry.h"

namespace weightfold {

#define KERNEL(variable) extern const FullyConnectedKernel variable;
#include "kernels/fully_connected/kernels.inc"
#undef KERNEL

namespace {
#define KERNEL(variable) &variable,
constexpr const FullyConnectedKernel* kKernels[] = {
#include "kernels/fully_connected/kernels.inc"
};
#undef KERNEL
constexpr int kCount = sizeof(kKernels) / sizeof(kKernels[0]);
}  // namespace

const FullyConnectedKernel* const* FullyConnectedKernels(int* count) {
  *count = kCount;
  return kKernels;
}

const FullyConnectedKernel& SelectFullyConnected(uint32_t features, const FullyConnectedShape& shape,
                                                 const FullyConnectedParameters& parameters) {
  return SelectSuited(kKernels, features, shape, parameters);
}

}  // namespace weightfold
