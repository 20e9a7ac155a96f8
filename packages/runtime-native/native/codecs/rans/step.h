// One step of a rANS state, for all versions (formats/container/src/codecs/rans/spec.md, "Symbols").
#ifndef WEIGHTFOLD_CODECS_RANS_STEP_H_
#define WEIGHTFOLD_CODECS_RANS_STEP_H_

#include <cstdint>

namespace weightfold {
namespace {

// Slots of a table: symbol | offset in its range << 8 | (frequency - 1) << 20, so that the symbol is a byte
// to store and the frequency needs no mask.
constexpr uint32_t kSlotOffsetShift = 8;
constexpr uint32_t kSlotFrequencyShift = 20;
constexpr uint32_t kSlotOffsetMask = 4095;

// The state after a symbol, before words are added. quotient: state >> log2 of the table's total.
inline uint32_t NextState(uint32_t slot, uint32_t quotient) {
  return (slot >> kSlotFrequencyShift) * quotient + quotient + (slot >> kSlotOffsetShift & kSlotOffsetMask);
}

}  // namespace
}  // namespace weightfold

#endif  // WEIGHTFOLD_CODECS_RANS_STEP_H_
