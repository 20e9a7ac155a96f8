// The model of the context codec: hashed contexts, a match model and three gated mixers. spec.md says what
// each does; formats/container/src/codecs/context is the reference. step.h has what is done for each bit.
#ifndef WEIGHTFOLD_CODECS_CONTEXT_MODEL_H_
#define WEIGHTFOLD_CODECS_CONTEXT_MODEL_H_

#include "../common/binary_decoder.h"
#include "parameters.h"

namespace weightfold {

// Contexts and a logit of the match model, in whole vectors of eight.
constexpr uint32_t kMaximumLanes = 32;
static_assert(kMaximumContexts + 1 <= kMaximumLanes, "lanes for all contexts and the match model");

class MatchModel {
 public:
  bool Init(const ContextParameters& parameters, Scratch* scratch);
  void SetSymbol(const uint8_t* data, size_t position);
  // 0 without a prediction, else 1 to 3 by the length of the repeat.
  uint32_t bucket() const { return expected_ == 0 ? 0 : length_ < 8 ? 1 : length_ < 24 ? 2 : 3; }
  // 256 + the expected symbol, 0 for none.
  uint32_t expected() const { return expected_; }
  uint32_t length() const { return length_; }
  // -1 without a prediction.
  int ExpectedBit(uint32_t prefix, uint32_t left) const;
  // Two logits of a 1, 0 without a prediction.
  void Predict(int expected_bit, uint32_t left, int32_t* by_length, int32_t* by_symbol) const;
  void Update(int expected_bit, int bit, uint32_t left);

 private:
  static constexpr uint32_t kTrusts = 120;

  void Follow(bool agreed);
  void Start(const uint8_t* data, size_t position, size_t candidate);
  uint32_t Place(uint32_t left) const { return (expected_ & 255) * 8 + left - 1; }

  uint32_t* last_;
  uint32_t by_length_[kTrusts];
  uint32_t by_symbol_[256 * 8];
  size_t pointer_;
  uint32_t length_;
  uint32_t expected_;
  // A bit per symbol that was predicted wrongly, the latest lowest; symbols predicted rightly shift some of
  // them out.
  uint32_t failures_;
  uint32_t trust_;
  uint32_t minimum_;
  uint32_t bits_;
};

struct ContextSlots {
  bool Init(const ContextParameters* parameters, Scratch* scratch);
  // Hashes every context for the symbol at `position`, of which `match` already knows what to expect.
  void SetSymbol(const uint8_t* data, size_t position, const MatchModel& match);

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

// Mixers over the same inputs: a set of the first is chosen by the bits so far, of the second by the
// position, of the third by the symbol before.
struct Mixers {
  static constexpr uint32_t kCount = 3;

  bool Init(const ContextParameters& parameters, uint32_t lanes, Scratch* scratch);

  int32_t* weights[kCount];
  // The sets in use, and their logits.
  int32_t* sets[kCount];
  int32_t logits[kCount];
  uint32_t lanes;
  int32_t rate;
};

struct ContextModel {
  bool Init(const ContextParameters* parameters, Scratch* scratch);

  ContextSlots slots;
  MatchModel match;
  Mixers mixers;
  uint32_t bits;
  uint32_t period;
};

// Learn the `known` symbols that are in `data`, and decode more until `length` are there or more bytes were
// read than there are. All give the same bits.
using DecodeSymbolsFunction = void (*)(ContextModel* model, BinaryDecoder* coder, uint8_t* data, size_t known,
                                       size_t length);
void DecodeSymbolsScalar(ContextModel* model, BinaryDecoder* coder, uint8_t* data, size_t known,
                         size_t length);
#if defined(__x86_64__)
void DecodeSymbolsAvx2(ContextModel* model, BinaryDecoder* coder, uint8_t* data, size_t known, size_t length);
#endif

}  // namespace weightfold

#endif  // WEIGHTFOLD_CODECS_CONTEXT_MODEL_H_
