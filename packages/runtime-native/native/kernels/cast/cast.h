// CAST between element types as they are, without regard to quantization.
#pragma once
#include <cstddef>
#include <cstdint>

namespace weightfold {

enum class CastType { kInt8, kUint8, kInt16, kInt32, kFloat32 };

// Integers wrap; from float32 the fraction is dropped, and what is beyond the type saturates (NaN gives 0).
// Elements [begin, end).
void Cast(CastType from, CastType to, const void* input, void* output, int32_t begin, int32_t end);

}  // namespace weightfold
