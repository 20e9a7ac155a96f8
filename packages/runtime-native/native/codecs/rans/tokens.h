// Symbols whose table depends on what came before: two interleaved rANS states, one symbol at a time
// (formats/container/SPEC.md, "Tokens").
#ifndef WEIGHTFOLD_CODECS_RANS_TOKENS_H_
#define WEIGHTFOLD_CODECS_RANS_TOKENS_H_

#include "../common/reader.h"
#include "frequency_tables.h"
#include "step.h"

namespace weightfold {

class TokenDecoder {
 public:
  // bytes: two states, then words. slots: tables of 2^total_log2 slots, one after another.
  TokenDecoder(Bytes bytes, const uint32_t* slots, uint32_t total_log2)
      : at_(bytes.data), end_(bytes.data + bytes.size), slots_(slots), total_log2_(total_log2) {
    for (uint32_t& state : states_) {
      if (end_ - at_ < 4) {
        missing_ = true;
        return;
      }
      state = LoadLittle32(at_);
      at_ += 4;
    }
  }

  uint32_t Get(uint32_t table) {
    uint32_t& state = states_[lane_];
    lane_ ^= 1;
    const uint32_t slot =
        slots_[(static_cast<size_t>(table) << total_log2_) + (state & ((1u << total_log2_) - 1))];
    state = NextState(slot, state >> total_log2_);
    Refill(&state);
    return slot & 255;
  }

  // A word was wanted and none was there: what Get gave since then means nothing.
  bool missing() const { return missing_; }
  // All words are used and the states are what the encoder began with.
  bool exact() const { return !missing_ && at_ == end_ && states_[0] == 65536 && states_[1] == 65536; }

 private:
  // Without a branch on the state where two bytes are left: it is as good as random.
  void Refill(uint32_t* state) {
    const bool low = *state < 65536;
    if (end_ - at_ >= 2) {
      const uint32_t word = static_cast<uint32_t>(at_[0]) | static_cast<uint32_t>(at_[1]) << 8;
      *state = low ? *state << 16 | word : *state;
      at_ += low ? 2 : 0;
    } else if (low) {
      missing_ = true;
      *state = 65536;
    }
  }

  uint32_t states_[2] = {65536, 65536};
  uint32_t lane_ = 0;
  bool missing_ = false;
  const uint8_t* at_;
  const uint8_t* end_;
  const uint32_t* slots_;
  uint32_t total_log2_;
};

}  // namespace weightfold

#endif  // WEIGHTFOLD_CODECS_RANS_TOKENS_H_
