// What every kernel family needs to choose among its versions.
#pragma once
#include <cstddef>
#include <cstdint>

namespace weightfold {

template <typename Kernel, typename Shape, typename Parameters>
bool Suits(const Kernel& kernel, const Shape& shape, const Parameters& parameters) {
  return kernel.suits == nullptr || kernel.suits(shape, parameters);
}

// The last version whose features are all in `features`; the first has none.
template <typename Kernel, size_t kCount>
const Kernel& SelectSupported(const Kernel* const (&kernels)[kCount], uint32_t features) {
  size_t i = kCount - 1;
  while (i > 0 && (kernels[i]->features & ~features) != 0) --i;
  return *kernels[i];
}

// The same among those that suit the layer; the first suits all.
template <typename Kernel, typename Shape, typename Parameters, size_t kCount>
const Kernel& SelectSuited(const Kernel* const (&kernels)[kCount], uint32_t features, const Shape& shape,
                           const Parameters& parameters) {
  size_t i = kCount - 1;
  while (i > 0 && ((kernels[i]->features & ~features) != 0 || !Suits(*kernels[i], shape, parameters))) --i;
  return *kernels[i];
}

}  // namespace weightfold

#if defined(__x86_64__)
#define WEIGHTFOLD_IF_X86(...) __VA_ARGS__
#else
#define WEIGHTFOLD_IF_X86(...)
#endif
#if defined(__aarch64__)
#define WEIGHTFOLD_IF_ARM64(...) __VA_ARGS__
#else
#define WEIGHTFOLD_IF_ARM64(...)
#endif
