#include "kernels/cast/cast.h"

#include <limits>

namespace weightfold {
namespace {

template <typename To, typename From>
To Converted(From x) {
  return static_cast<To>(x);
}

template <typename To>
To Converted(float x) {
  const double wide = x, low = std::numeric_limits<To>::min(), high = std::numeric_limits<To>::max();
  if (wide >= high) return std::numeric_limits<To>::max();
  return wide > low ? static_cast<To>(wide) : wide <= low ? std::numeric_limits<To>::min() : 0;
}

template <>
float Converted<float>(float x) {
  return x;
}

struct Bool {
  uint8_t byte;
  operator int32_t() const { return byte != 0; }
};

template <typename From, typename To>
void CastAll(const From* input, To* output, size_t begin, size_t end) {
  for (size_t i = begin; i < end; ++i) output[i] = Converted<To>(input[i]);
}

template <typename From>
void ToBool(const From* input, uint8_t* output, size_t begin, size_t end) {
  for (size_t i = begin; i < end; ++i) output[i] = input[i] != 0;
}

template <typename From>
void CastFrom(const From* input, CastType to, void* output, size_t begin, size_t end) {
  switch (to) {
    case CastType::kInt8:
      return CastAll(input, static_cast<int8_t*>(output), begin, end);
    case CastType::kUint8:
      return CastAll(input, static_cast<uint8_t*>(output), begin, end);
    case CastType::kInt16:
      return CastAll(input, static_cast<int16_t*>(output), begin, end);
    case CastType::kInt32:
      return CastAll(input, static_cast<int32_t*>(output), begin, end);
    case CastType::kFloat32:
      return CastAll(input, static_cast<float*>(output), begin, end);
    case CastType::kBool:
      return ToBool(input, static_cast<uint8_t*>(output), begin, end);
  }
}

}  // namespace

void Cast(CastType from, CastType to, const void* input, void* output, size_t begin, size_t end) {
  switch (from) {
    case CastType::kInt8:
      return CastFrom(static_cast<const int8_t*>(input), to, output, begin, end);
    case CastType::kUint8:
      return CastFrom(static_cast<const uint8_t*>(input), to, output, begin, end);
    case CastType::kInt16:
      return CastFrom(static_cast<const int16_t*>(input), to, output, begin, end);
    case CastType::kInt32:
      return CastFrom(static_cast<const int32_t*>(input), to, output, begin, end);
    case CastType::kFloat32:
      return CastFrom(static_cast<const float*>(input), to, output, begin, end);
    case CastType::kBool:
      return CastFrom(static_cast<const Bool*>(input), to, output, begin, end);
  }
}

}  // namespace weightfold
