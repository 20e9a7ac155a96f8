// Slots (step.h) from frequencies, for all instruction sets: as many at a time as a vector has.
#ifndef WEIGHTFOLD_CODECS_RANS_SLOTS_H_
#define WEIGHTFOLD_CODECS_RANS_SLOTS_H_

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "step.h"

namespace weightfold {
namespace {

// Vector types, since compilers leave the plain loop scalar.
typedef uint32_t FourSlots __attribute__((vector_size(16)));
typedef uint32_t EightSlots __attribute__((vector_size(32)));

// frequency: of 256 symbols, adding up to 2^total_log2, at least 2^8.
template <typename Vector>
inline void FillSlots(const uint32_t* frequency, uint32_t total_log2, uint32_t* slots) {
  constexpr uint32_t kWidth = sizeof(Vector) / sizeof(uint32_t);
  Vector offsets;
  for (uint32_t i = 0; i < kWidth; i++) offsets[i] = i << kSlotOffsetShift;
  uint32_t* const table_end = slots + (size_t{1} << total_log2);
  for (uint32_t s = 0; slots < table_end; s++) {
    if (frequency[s] == 0) continue;
    uint32_t* const end = slots + frequency[s];
    Vector slot = offsets + (s | (frequency[s] - 1) << kSlotFrequencyShift);
    // Whole vectors, also beyond the range: the next symbol writes over them.
    for (; slots < end && table_end - slots >= static_cast<ptrdiff_t>(kWidth); slots += kWidth) {
      std::memcpy(slots, &slot, sizeof(slot));
      slot += kWidth << kSlotOffsetShift;
    }
    for (uint32_t i = 0; slots < end; i++) *slots++ = slot[i];
    slots = end;
  }
}

}  // namespace
}  // namespace weightfold

#endif  // WEIGHTFOLD_CODECS_RANS_SLOTS_H_
