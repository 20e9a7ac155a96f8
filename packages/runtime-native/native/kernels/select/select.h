// SELECT and SELECT_V2: elements of one tensor or of another of its shape, as a tensor of bool says.
#pragma once
#include <cstddef>
#include <cstdint>

namespace weightfold {

// Elements [begin, end) of 1, 2, 4 or 8 bytes: of `a` where the condition's byte is not 0, else of `b`.
void Select(size_t element_bytes, const uint8_t* condition, const void* a, const void* b, void* output,
            size_t begin, size_t end);

}  // namespace weightfold
