#include "lanes.h"

namespace weightfold {
namespace {

constexpr uint32_t kTotal = 4096;

inline uint8_t Step(uint32_t* state, const uint32_t* slots) {
  const uint32_t slot = slots[*state & (kTotal - 1)];
  *state = ((slot >> 12 & 4095) + 1) * (*state >> 12) + (slot & 4095);
  return static_cast<uint8_t>(slot >> 24);
}

inline void Refill(uint32_t* state, const uint8_t** at) {
  const uint32_t word = static_cast<uint32_t>((*at)[0]) | static_cast<uint32_t>((*at)[1]) << 8;
  const bool low = *state < 65536;
  *state = low ? *state << 16 | word : *state;
  *at += low ? 2 : 0;
}

// One symbol with every check. False when words are missing.
inline bool CheckedStep(RansStream* stream, uint32_t lane, const uint32_t* slots, uint8_t* out) {
  uint32_t* state = &stream->states[lane];
  *out = Step(state, slots);
  if (*state >= 65536) return true;
  if (stream->end - stream->at < 2) return false;
  Refill(state, &stream->at);
  return true;
}

// Symbols [first, end) with one table; lane = position modulo lanes.
template <uint32_t kLanes>
bool DecodeRun(RansStream* stream, const uint32_t* slots, uint8_t* out, size_t first, size_t end) {
  size_t i = first;
  for (; i < end && i % kLanes != 0; i++) {
    if (!CheckedStep(stream, i % kLanes, slots, out + i)) return false;
  }
  uint32_t states[kLanes];
  for (uint32_t lane = 0; lane < kLanes; lane++) states[lane] = stream->states[lane];
  const uint8_t* at = stream->at;
  // A round of all lanes takes at most 2 * kLanes bytes, so that one check serves the round.
  for (; end - i >= kLanes && stream->end - at >= static_cast<ptrdiff_t>(2 * kLanes) && i < end;
       i += kLanes) {
    for (uint32_t lane = 0; lane < kLanes; lane++) {
      out[i + lane] = Step(&states[lane], slots);
      Refill(&states[lane], &at);
    }
  }
  stream->at = at;
  for (uint32_t lane = 0; lane < kLanes; lane++) stream->states[lane] = states[lane];
  for (; i < end; i++) {
    if (!CheckedStep(stream, i % kLanes, slots, out + i)) return false;
  }
  return true;
}

template <uint32_t kLanes>
bool DecodeAll(const RansPlan& plan, RansStream* stream, uint8_t* out, size_t length) {
  if (plan.row_count * plan.column_count == 1) return DecodeRun<kLanes>(stream, plan.slots, out, 0, length);
  for (size_t row = 0, first = 0; first < length; row++, first += plan.row_length) {
    const size_t end = length - first < plan.row_length ? length : first + plan.row_length;
    const uint32_t row_class = plan.row_count > 1 ? plan.row_classes[row] : 0;
    const uint32_t* slots = plan.slots + static_cast<size_t>(row_class) * plan.column_count * kTotal;
    if (plan.column_count == 1) {
      if (!DecodeRun<kLanes>(stream, slots, out, first, end)) return false;
      continue;
    }
    for (size_t i = first; i < end; i++) {
      const uint32_t* table = slots + static_cast<size_t>(plan.column_classes[i - first]) * kTotal;
      if (!CheckedStep(stream, i % kLanes, table, out + i)) return false;
    }
  }
  return true;
}

}  // namespace

bool DecodeLanes(const RansPlan& plan, RansStream* stream, uint8_t* out, size_t length) {
  switch (plan.lanes) {
    case 1:
      return DecodeAll<1>(plan, stream, out, length);
    case 2:
      return DecodeAll<2>(plan, stream, out, length);
    case 4:
      return DecodeAll<4>(plan, stream, out, length);
    case 8:
      return DecodeAll<8>(plan, stream, out, length);
    case 16:
      return DecodeAll<16>(plan, stream, out, length);
    default:
      return DecodeAll<32>(plan, stream, out, length);
  }
}

}  // namespace weightfold
