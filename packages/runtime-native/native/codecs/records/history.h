// What a record decoder remembers beside the bytes: where literals and copies started, and how copies are
// made.
#ifndef WEIGHTFOLD_CODECS_RECORDS_HISTORY_H_
#define WEIGHTFOLD_CODECS_RECORDS_HISTORY_H_

#include <cstring>

#include "contexts.h"
#include "dictionary.h"

namespace weightfold {

// A bit per position for the last 65536 of them: a literal started there, a copy started there. Words ahead
// of the position are old.
struct StartRings {
  static constexpr size_t kWords = 1024;
  uint64_t literals[kWords];
  uint64_t copies[kWords];

  static size_t Word(size_t position) { return position >> 6 & (kWords - 1); }
  static uint64_t Bit(size_t position) { return uint64_t{1} << (position & 63); }

  // Forgets what the words of positions in (from, to] held before.
  void Enter(size_t from, size_t to) {
    const size_t last = to >> 6;
    size_t word = from >> 6;
    if (last - word > kWords) word = last - kWords;
    while (word < last) {
      word++;
      literals[word & (kWords - 1)] = copies[word & (kWords - 1)] = 0;
    }
  }
  // 0 for nothing, 1 for a literal, 2 for a copy at the byte that stands `distance` before.
  uint32_t Started(size_t position, uint32_t distance) const {
    if (distance > position || distance > kFarthestStart) return 0;
    const size_t source = position - distance;
    const uint64_t literal = literals[Word(source)] >> (source & 63) & 1;
    const uint64_t copy = copies[Word(source)] >> (source & 63) & 1;
    return static_cast<uint32_t>(literal | copy << 1);
  }
  // Length up to the literal that followed the source, 0 when none is in sight.
  uint32_t PredictedLength(size_t position, uint32_t distance) const {
    if (distance > position || distance > kFarthestStart) return 0;
    const size_t first = position - distance + 1;
    const uint32_t shift = first & 63;
    uint64_t bits = literals[Word(first)] >> shift;
    if (shift > 0) bits |= literals[Word(first + 64)] << (64 - shift);
    const uint32_t sight = distance - 1 < kSightOfLiterals ? distance - 1 : kSightOfLiterals;
    bits &= (uint64_t{1} << sight) - 1;
    return bits == 0 ? 0 : static_cast<uint32_t>(__builtin_ctzll(bits)) + 1;
  }
};

// Copies `length` bytes from `distance` before `position`; the first may come from the dictionary. Whole
// vectors are written where the output has room for them.
inline void CopyRecord(uint8_t* out, size_t position, size_t size, uint32_t distance, size_t length) {
  if (distance > position) {
    const size_t behind = distance - position;
    const size_t count = length < behind ? length : behind;
    std::memcpy(out + position, kDictionary + kDictionarySize - behind, count);
    position += count;
    length -= count;
    if (length == 0) return;
  }
  uint8_t* to = out + position;
  const uint8_t* from = to - distance;
  const uint8_t* stop = to + length;
  if (distance >= 16 && size - position >= length + 16) {
    do {
      std::memcpy(to, from, 16);
      to += 16;
      from += 16;
    } while (to < stop);
    return;
  }
  while (to < stop) *to++ = *from++;
}

}  // namespace weightfold

#endif  // WEIGHTFOLD_CODECS_RECORDS_HISTORY_H_
