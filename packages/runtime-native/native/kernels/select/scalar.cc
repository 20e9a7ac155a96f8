#include "kernels/select/select.h"

namespace weightfold {
namespace {

template <typename T>
void SelectAll(const uint8_t* condition, const void* a, const void* b, void* output, size_t begin,
               size_t end) {
  const T *x = static_cast<const T*>(a), *y = static_cast<const T*>(b);
  T* to = static_cast<T*>(output);
  for (size_t i = begin; i < end; ++i) to[i] = condition[i] != 0 ? x[i] : y[i];
}

}  // namespace

void Select(size_t element_bytes, const uint8_t* condition, const void* a, const void* b, void* output,
            size_t begin, size_t end) {
  switch (element_bytes) {
    case 1:
      return SelectAll<uint8_t>(condition, a, b, output, begin, end);
    case 2:
      return SelectAll<uint16_t>(condition, a, b, output, begin, end);
    case 4:
      return SelectAll<uint32_t>(condition, a, b, output, begin, end);
    default:
      return SelectAll<uint64_t>(condition, a, b, output, begin, end);
  }
}

}  // namespace weightfold
