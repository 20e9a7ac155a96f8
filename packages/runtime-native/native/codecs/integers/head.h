// The head of an integers block: how words are cut into tokens and raw bits
// (formats/container/src/codecs/integers/spec.md).
#ifndef WEIGHTFOLD_CODECS_INTEGERS_HEAD_H_
#define WEIGHTFOLD_CODECS_INTEGERS_HEAD_H_

#include "../common/reader.h"

namespace weightfold {

// Tokens of 32-bit words with the finest shape: 2^9 magnitudes and 23 octaves of 8.
constexpr uint32_t kMostMagnitudeTokens = 512 + 23 * 8;
constexpr uint32_t kMostValues = 255;

struct IntegersHead {
  uint32_t size;  // bytes of a word
  bool is_float;
  bool has_bases;
  bool has_shifts;
  uint32_t resolution;
  uint32_t total_log2;
  uint32_t low, mantissa, split, precision;
  uint32_t window;
  uint32_t value_count;
  uint32_t values[kMostValues];
  uint32_t segments;
  uint32_t classes;
};

// Least magnitude of a token; `bits` raw bits, moved up by `shift`, come on top of it.
struct MagnitudeRange {
  uint32_t least;
  uint8_t bits;
  uint8_t shift;
};

bool ReadIntegersHead(Reader* reader, size_t length, IntegersHead* head, DecodeError* error);

// Ranges of all magnitude tokens; the number of them is returned.
uint32_t MakeMagnitudeRanges(const IntegersHead& head, MagnitudeRange ranges[kMostMagnitudeTokens]);

}  // namespace weightfold

#endif  // WEIGHTFOLD_CODECS_INTEGERS_HEAD_H_
