// The model of the context codec: hashed contexts, a match model and two gated mixers. spec.md says what each
// does; formats/container/src/codecs/context is the reference.
#ifndef WEIGHTFOLD_CODECS_CONTEXT_MODEL_H_
#define WEIGHTFOLD_CODECS_CONTEXT_MODEL_H_

#include "parameters.h"

namespace weightfold {

constexpr uint32_t kMaximumInputs = 2 * kMaximumContexts + 1;

class ContextSlots {
 public:
  bool Init(const ContextParameters* parameters, Scratch* scratch);
  void SetSymbol(const uint8_t* data, size_t position);
  void SetGroup(uint32_t prefix);
  void Predict(uint32_t node, int32_t* inputs) const;
  void Update(uint32_t node, int bit);

 private:
  const ContextParameters* parameters_;
  uint32_t* slots_;
  uint8_t* histories_;
  uint32_t* meanings_;
  uint32_t shift_;
  uint32_t hashes_[kMaximumContexts];
  size_t buckets_[kMaximumContexts];
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

class Mixer {
 public:
  bool Init(uint32_t inputs, uint32_t sets, uint32_t rate, Scratch* scratch);
  int32_t Mix(const int32_t* inputs, uint32_t set);
  void Update(const int32_t* inputs, int bit);

 private:
  int32_t* weights_;
  int32_t* selected_;
  uint32_t inputs_;
  int32_t rate_;
  int32_t probability_;
};

class ContextModel {
 public:
  bool Init(const ContextParameters* parameters, Scratch* scratch);
  void BeginSymbol(const uint8_t* data, size_t position);
  // Probability of a 1 in 1/65536.
  uint32_t Predict();
  void Update(int bit);

 private:
  ContextSlots slots_;
  MatchModel match_;
  Mixer by_node_;
  Mixer by_position_;
  int32_t inputs_[kMaximumInputs];
  uint32_t input_count_;
  uint32_t bits_;
  uint32_t period_;
  uint32_t prefix_;
  uint32_t node_;
  uint32_t left_;
  uint32_t phase_;
  int expected_bit_;
};

}  // namespace weightfold

#endif  // WEIGHTFOLD_CODECS_CONTEXT_MODEL_H_
