// The model of the weights codec: which contexts a symbol has, and what they hold. spec.md says what each
// does; formats/container/src/codecs/weights is the reference. step.h has what is done for each symbol and
// decision.
#ifndef WEIGHTFOLD_CODECS_WEIGHTS_MODEL_H_
#define WEIGHTFOLD_CODECS_WEIGHTS_MODEL_H_

#include "../common/binary_decoder.h"
#include "parameters.h"

namespace weightfold {

// The longest rest of a channel is below 2^31, of class 61, and has context 70 (spec.md, "Extremes").
constexpr uint32_t kExtremeStates = 71;

// Average magnitudes of lines (rows, columns or channels) in 1/256, and how many symbols they have seen.
struct Averages {
  int32_t* values;
  uint8_t* seen;
};

struct WeightModel {
  // Bytes of scratch that Init takes.
  static size_t ScratchSize(const WeightParameters& parameters);
  // False when scratch does not suffice.
  bool Init(const WeightParameters* parameters, Scratch* scratch);

  const WeightParameters* parameters;
  Averages rows;
  Averages columns;
  // Of each channel's ranks that are neither 0 nor extremes, and the least magnitude among them, 0 before the
  // first.
  Averages nonzero;
  uint8_t* least;
  // A state per value of a context and node; those of a value are made when it is first met.
  uint32_t* states;
  uint8_t* ready;
  // Weights of the mixers, 16.16 fixed point.
  int32_t* by_node;
  alignas(32) int32_t common[kWeightContexts];
  uint32_t initial[255];
  uint32_t extreme_states[kExtremeStates];
  uint32_t sign_state;
  // Whether a channel has had its extreme.
  uint8_t* found;
};

// Decode ranks until `length` are there or more bytes were read than there are. All give the same ranks.
using DecodeRanksFunction = void (*)(WeightModel* model, BinaryDecoder* coder, uint8_t* ranks, size_t length);
void DecodeRanksScalar(WeightModel* model, BinaryDecoder* coder, uint8_t* ranks, size_t length);
#if defined(__x86_64__)
void DecodeRanksAvx2(WeightModel* model, BinaryDecoder* coder, uint8_t* ranks, size_t length);
#endif

}  // namespace weightfold

#endif  // WEIGHTFOLD_CODECS_WEIGHTS_MODEL_H_
