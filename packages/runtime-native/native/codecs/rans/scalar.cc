// Portable version: many lanes hide the latency of table and multiplication, the choice of words has no
// branch.
#include <cstring>

#include "lanes.h"
#include "step.h"

namespace weightfold {
namespace {

inline uint32_t LoadWord(const uint8_t* at) {
  uint16_t word;
  std::memcpy(&word, at, 2);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
  word = __builtin_bswap16(word);
#endif
  return word;
}

template <uint32_t kLanes, bool kTables>
size_t Rounds(const uint32_t* slots, const uint8_t* tables, RansStream* stream, uint8_t* out, size_t rounds) {
  uint32_t states[kLanes];
  for (uint32_t lane = 0; lane < kLanes; lane++) states[lane] = stream->states[lane];
  const uint8_t* const at = stream->at;
  const size_t left = static_cast<size_t>(stream->end - at);
  size_t used = 0;  // words
  size_t round = 0;
  for (; round < rounds && left - 2 * used >= 2 * kLanes; round++) {
#pragma GCC unroll 8
    for (uint32_t lane = 0; lane < kLanes; lane++) {
      const uint32_t x = states[lane];
      const uint32_t table = kTables ? static_cast<uint32_t>(tables[lane]) << 12 : 0;
      const uint32_t slot = slots[table | (x & 4095)];
      const uint32_t next = NextState(slot, x >> 12);
      // Arithmetic instead of a choice: compilers make a branch of one, and every second guess of it would be
      // wrong.
      const uint64_t low = 0 - static_cast<uint64_t>(next < 65536);
      states[lane] = next << (low & 16) | static_cast<uint32_t>(LoadWord(at + 2 * used) & low);
      used -= low;
      out[lane] = static_cast<uint8_t>(slot);
    }
    out += kLanes;
    if (kTables) tables += kLanes;
  }
  stream->at = at + 2 * used;
  for (uint32_t lane = 0; lane < kLanes; lane++) stream->states[lane] = states[lane];
  return round;
}

template <uint32_t kLanes>
size_t RoundsOf(const uint32_t* slots, const uint8_t* tables, RansStream* stream, uint8_t* out,
                size_t rounds) {
  return tables == nullptr ? Rounds<kLanes, false>(slots, tables, stream, out, rounds)
                           : Rounds<kLanes, true>(slots, tables, stream, out, rounds);
}

}  // namespace

DecodeRoundsFunction RansRoundsScalar(uint32_t lanes) {
  switch (lanes) {
    case 1:
      return RoundsOf<1>;
    case 2:
      return RoundsOf<2>;
    case 4:
      return RoundsOf<4>;
    case 8:
      return RoundsOf<8>;
    case 16:
      return RoundsOf<16>;
    case 32:
      return RoundsOf<32>;
    default:
      return RoundsOf<64>;
  }
}

}  // namespace weightfold
