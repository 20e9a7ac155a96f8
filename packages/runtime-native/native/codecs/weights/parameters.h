// Parameters of the weights codec, and the tree of decisions that they give
// (formats/container/src/codecs/weights/spec.md).
#ifndef WEIGHTFOLD_CODECS_WEIGHTS_PARAMETERS_H_
#define WEIGHTFOLD_CODECS_WEIGHTS_PARAMETERS_H_

#include "../codec.h"
#include "../common/binary_decoder.h"

namespace weightfold {

constexpr uint32_t kWeightContexts = 8;
constexpr uint32_t kAverageClasses = 24;
constexpr uint32_t kSignedClasses = 32;
constexpr uint32_t kLeastClasses = 66;
constexpr uint32_t kFineClasses = 96;
constexpr uint32_t kExtremeRank = 253;

struct DecisionTree {
  // At 2 k + bit of node k: a node, or -1 - rank.
  int16_t next[2 * 255];
  // Probability of a 1 in 1/2^22.
  int32_t initial[255];
  uint32_t nodes;
  uint32_t depth;
};

struct WeightParameters {
  bool bytes;
  bool extremes;
  bool channels_are_columns;
  uint32_t center;
  uint32_t columns;
  uint32_t row_length;
  uint32_t rows;
  uint32_t distances[2];
  uint32_t largest;
  uint8_t levels[16];
  // Average magnitude in 1/256 if ranks were as frequent as the levels say.
  int32_t mean;
  // Of ranks above 0.
  int32_t nonzero_mean;
  // Values of all contexts together.
  uint32_t context_values;
  DecisionTree tree;
};

// Reads and checks all but the levels of a block of `length` symbols, at least one.
bool ReadWeightParameters(Reader* reader, size_t length, WeightParameters* parameters, DecodeError* error);

// Decodes the levels, the first coded bits, and makes the tree. offset: of those bits in the container, for
// messages.
bool ReadWeightLevels(BinaryDecoder* coder, uint64_t offset, WeightParameters* parameters,
                      DecodeError* error);

}  // namespace weightfold

#endif  // WEIGHTFOLD_CODECS_WEIGHTS_PARAMETERS_H_
