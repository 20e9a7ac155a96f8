// The interleaved states of static rANS, from words to symbols.
#ifndef WEIGHTFOLD_CODECS_RANS_LANES_H_
#define WEIGHTFOLD_CODECS_RANS_LANES_H_

#include <cstddef>
#include <cstdint>

namespace weightfold {

// Which table codes which symbol.
struct RansPlan {
  uint32_t lanes;
  uint32_t resolution;
  size_t row_length;  // 0: one table
  uint32_t row_count;
  uint32_t column_count;
  uint8_t* row_classes;
  uint8_t* column_classes;
  uint32_t* slots;  // per table 4096 (frequency_tables.h)
};

// Words that remain, and the interleaved states.
struct RansStream {
  uint32_t states[32];
  const uint8_t* at;
  const uint8_t* end;
};

// Decodes `length` symbols. False when words are missing.
bool DecodeLanes(const RansPlan& plan, RansStream* stream, uint8_t* out, size_t length);

}  // namespace weightfold

#endif  // WEIGHTFOLD_CODECS_RANS_LANES_H_
