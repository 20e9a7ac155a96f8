// The interleaved states of static rANS, from words to symbols.
#ifndef WEIGHTFOLD_CODECS_RANS_LANES_H_
#define WEIGHTFOLD_CODECS_RANS_LANES_H_

#include <cstddef>
#include <cstdint>

namespace weightfold {

constexpr uint32_t kMostRansLanes = 64;

// Which table codes which symbol.
struct RansPlan {
  uint32_t lanes;     // a power of two up to kMostRansLanes
  size_t row_length;  // 0: one table
  uint32_t row_count;
  uint32_t column_count;
  uint8_t* row_classes;
  uint8_t* column_classes;
  uint32_t* slots;  // per table 4096 (frequency_tables.h)
};

// Words that remain, and the interleaved states.
struct RansStream {
  uint32_t states[kMostRansLanes];
  const uint8_t* at;
  const uint8_t* end;
};

// Decodes `length` symbols with what the CPU has. False when words are missing.
bool DecodeLanes(const RansPlan& plan, RansStream* stream, uint8_t* out, size_t length);

// Decodes at most `rounds` rounds, in each of which every lane gives one symbol, and returns how many it did:
// it stops where a round might want more words than there are. tables: of each symbol; null for one table.
using DecodeRoundsFunction = size_t (*)(const uint32_t* slots, const uint8_t* tables, RansStream* stream,
                                        uint8_t* out, size_t rounds);

// The versions for a number of lanes. Null where an instruction set gains nothing over the portable version,
// which there is for all.
DecodeRoundsFunction RansRoundsScalar(uint32_t lanes);
DecodeRoundsFunction RansRoundsAvx2(uint32_t lanes);
DecodeRoundsFunction RansRoundsAvx512(uint32_t lanes);

// The same with a version of the caller's choice, for tests.
bool DecodeLanesWith(DecodeRoundsFunction decode_rounds, const RansPlan& plan, RansStream* stream,
                     uint8_t* out, size_t length);

}  // namespace weightfold

#endif  // WEIGHTFOLD_CODECS_RANS_LANES_H_
