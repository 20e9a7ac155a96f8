// Rows of adaptive frequencies: which row codes what (formats/container/src/codecs/records/spec.md, "Rows").
#ifndef WEIGHTFOLD_CODECS_RECORDS_CONTEXTS_H_
#define WEIGHTFOLD_CODECS_RECORDS_CONTEXTS_H_

#include <cstdint>

namespace weightfold {

enum RecordOperation : uint32_t {
  kLiteral = 0,
  kFresh = 1,
  kRepeat = 2,  // to 5
  kFreshTimed = 6,
  kRepeatTimed = 7,  // to 10
  kOperations = 11,
};

enum RecordRow : uint32_t {
  kOperationRows = 0,
  kLengthRows = 15,
  kLengthBitsRows = 27,
  kLongExponentRow = 31,
  kLongTopRow = 32,
  kExponentRows = 33,
  kTimedExponentRow = 37,
  kFarExponentRow = 38,
  kShortTailRows = 39,
  kHighTailRows = 43,
  kLowTailRow = 55,
  kHighFirstRows = 56,
  kHighSecondRows = kHighFirstRows + 88,
  kLowFirstRows = kHighSecondRows + 256,
  kLowSecondRows = kLowFirstRows + 80,
  kRows = kLowSecondRows + 512,
};

constexpr uint32_t kLeastCopy = 2;
constexpr uint32_t kFarthestStart = 65536 - 64;
constexpr uint32_t kSightOfLiterals = 56;

// Zero, control, digits and capitals, small letters, high, 255.
constexpr uint32_t ByteClass(uint32_t byte) {
  return byte == 0 ? 0 : byte < 32 ? 1 : byte < 96 ? 2 : byte < 128 ? 3 : byte < 255 ? 4 : 5;
}

// Line of initial frequencies of a row.
constexpr uint32_t PriorOf(uint32_t row) {
  if (row < kHighFirstRows) return row;
  if (row < kHighSecondRows) return kHighFirstRows + (row - kHighFirstRows) % 22;
  if (row < kLowFirstRows) return kHighFirstRows + 16 + ByteClass(row - kHighSecondRows);
  if (row < kLowSecondRows) return kHighFirstRows + 22 + (row - kLowFirstRows) / 5;
  return kHighFirstRows + 22 + ((row - kLowSecondRows) & 255) / 16;
}
constexpr uint32_t kPriors = kHighFirstRows + 22 + 16;

}  // namespace weightfold

#endif  // WEIGHTFOLD_CODECS_RECORDS_CONTEXTS_H_
