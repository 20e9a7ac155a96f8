// The model of the context codec: hashed contexts, a match model and two gated mixers. spec.md says what each
// does; formats/container/src/codecs/context is the reference. step.h has what is done for each bit.
#ifndef WEIGHTFOLD_CODECS_CONTEXT_MODEL_H_
#define WEIGHTFOLD_CODECS_CONTEXT_MODEL_H_

#include "../common/binary_decoder.h"
#include "parameters.h"

namespace weightfold {

// Contexts and the match model, in whole vectors of eight.
constexpr uint32_t kMaximumLanes = 32;
static_assert(kMaximumContexts + 1 <= kMaximumLanes, "lanes for all contexts and the match model");

struct ContextSlots {
  bool Init(const ContextParameters* parameters, Scratch* scratch);
  // Hashes every context for the symbol at `position`.
  void SetSymbol(const uint8_t* data, size_t position);

  const ContextParameters* parameters;
  uint32_t* slots;
  uint8_t* histories;
  uint32_t* meanings;
  uint32_t shift;
  uint32_t count;
  // `count` and one for the match model, rounded up to whole vectors. The lanes behind `count` hold nothing
  // and stay 0.
  uint32_t lanes;
  alignas(32) uint32_t hashes[kMaximumLanes];
  alignas(32) uint32_t buckets[kMaximumLanes];
  // What was loaded for the bit: slots, histories and their meanings, and how far those will move.
  alignas(32) int32_t words[kMaximumLanes];
  alignas(32) uint32_t past[kMaximumLanes];
  alignas(32) int32_t meant[kMaximumLanes];
  alignas(32) int32_t word_steps[kMaximumLanes];
  alignas(32) int32_t meant_steps[kMaximumLanes];
};

class MatchModel {
 public:
  bool Init(const ContextParameters& parameters, Scratch* scratch);
  void SetSymbol(const uint8_t* data, size_t position);
  // 0 without a prediction, else 1 to 3 by the length of the repeat.
  uint32_t bucket() const { return expected_ == 0 ? 0 : length_ < 8 ? 1 : length_ < 24 ? 2 : 3; }
  // -1 without a prediction.
  int ExpectedBit(uint32_t prefix, uint32_t left) const;
  int32_t Predict(int expected_bit) const;
  void Update(int expected_bit, int bit);

 private:
  void Start(const uint8_t* data, size_t position, size_t candidate);

  uint32_t* last_;
  uint32_t trust_[64];
  size_t pointer_;
  uint32_t length_;
  uint32_t expected_;
  uint32_t minimum_;
  uint32_t bits_;
};

// Two mixers over the same inputs: a set of the first is chosen by the bits so far, of the second by the
// position.
struct MixerPair {
  bool Init(const ContextParameters& parameters, uint32_t lanes, Scratch* scratch);

  int32_t* weights;
  int32_t* second_weights;
  // The sets in use.
  int32_t* first;
  int32_t* second;
  uint32_t lanes;
  int32_t rate;
  int32_t first_logit;
  int32_t second_logit;
};

struct ContextModel {
  bool Init(const ContextParameters* parameters, Scratch* scratch);

  ContextSlots slots;
  MatchModel match;
  MixerPair mixers;
  uint32_t bits;
  uint32_t period;
};

// Decode until `length` symbols are there or more bytes were read than there are. All give the same bits.
using DecodeSymbolsFunction = void (*)(ContextModel* model, BinaryDecoder* coder, uint8_t* out,
                                       size_t length);
void DecodeSymbolsScalar(ContextModel* model, BinaryDecoder* coder, uint8_t* out, size_t length);
#if defined(__x86_64__)
void DecodeSymbolsAvx2(ContextModel* model, BinaryDecoder* coder, uint8_t* out, size_t length);
#endif

}  // namespace weightfold

#endif  // WEIGHTFOLD_CODECS_CONTEXT_MODEL_H_
