// CAST between element types as they are, without regard to quantization.
#pragma once
#include <cstddef>
#include <cstdint>

namespace weightfold {

enum class CastType { kInt8, kUint8, kInt16, kInt32, kFloat32, kBool = 6 };

// A bool is a byte: what is not 0 becomes 1. Integers wrap; from float32 the fraction is dropped, and what is
// beyond the type saturates (NaN gives 0). Elements [begin, end).
void Cast(CastType from, CastType to, const void* input, void* output, size_t begin, size_t end);

}  // namespace weightfold
