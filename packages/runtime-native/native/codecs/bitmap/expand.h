// A bit per byte: 0 for the center, 1 for the next of the other values.
#ifndef WEIGHTFOLD_CODECS_BITMAP_EXPAND_H_
#define WEIGHTFOLD_CODECS_BITMAP_EXPAND_H_

#include <cstddef>
#include <cstdint>

namespace weightfold {

// Bytes behind the other values that may be read.
constexpr size_t kExpandPadding = 64;
// Bytes that are written for eight bytes of the bitmap.
constexpr size_t kExpandGroup = 64;

// Writes groups * kExpandGroup bytes. bitmap: lowest bit first. others: as many as bits are set, and
// kExpandPadding more that may be read.
using ExpandFunction = void (*)(const uint8_t* bitmap, const uint8_t* others, uint8_t center, uint8_t* out,
                                size_t groups);

void ExpandScalar(const uint8_t* bitmap, const uint8_t* others, uint8_t center, uint8_t* out, size_t groups);
void ExpandAvx2(const uint8_t* bitmap, const uint8_t* others, uint8_t center, uint8_t* out, size_t groups);
void ExpandAvx512(const uint8_t* bitmap, const uint8_t* others, uint8_t center, uint8_t* out, size_t groups);
void ExpandNeon(const uint8_t* bitmap, const uint8_t* others, uint8_t center, uint8_t* out, size_t groups);

}  // namespace weightfold

#endif  // WEIGHTFOLD_CODECS_BITMAP_EXPAND_H_
