// Binary arithmetic decoder and adaptive numbers on top of it (SPEC.md, "Coded bits" and "Numbers").
#ifndef WEIGHTFOLD_CODECS_COMMON_BINARY_DECODER_H_
#define WEIGHTFOLD_CODECS_COMMON_BINARY_DECODER_H_

#include <cstddef>
#include <cstdint>

#include "adaptive.h"
#include "reader.h"

namespace weightfold {

class BinaryDecoder {
 public:
  explicit BinaryDecoder(Bytes bytes) : bytes_(bytes) {
    for (int i = 0; i < 4; i++) value_ = value_ << 8 | Next();
  }

  // p: probability of a 1 in 1/65536, 1 to 65535.
  int Decode(uint32_t p) {
    const uint64_t range = high_ - low_;
    const uint32_t middle = low_ + static_cast<uint32_t>((range * p) >> 16);
    const int bit = value_ <= middle;
    if (bit) {
      high_ = middle;
    } else {
      low_ = middle + 1;
    }
    Normalize();
    return bit;
  }

  // A bit with an adaptive model, which learns it as Updated has it. One branch for all that depends on the
  // bit: most bits of numbers are as expected.
  bool DecodeAdaptive(uint32_t* model, uint32_t limit) {
    const uint32_t word = *model, n = word & 1023, rate = static_cast<uint32_t>(kSteps.value[n]);
    const uint64_t range = high_ - low_;
    const uint32_t middle = low_ + static_cast<uint32_t>((range * Probability16(word)) >> 16);
    const uint32_t counted = word + (n < limit ? 1 : 0);
    const bool bit = value_ <= middle;
    if (bit) {
      high_ = middle;
      // (4194303 - p) >> 5 is 131071 - (p >> 5).
      *model = counted + (((131071 - (word >> 15)) * rate) >> 8 << 10);
    } else {
      low_ = middle + 1;
      // Both shifts of a negative number round down, so its magnitude is rounded up.
      *model = counted - (((((word >> 10) + 31) >> 5) * rate + 255) >> 8 << 10);
    }
    Normalize();
    return bit;
  }

  // All bytes were read, and at most four zeros after them.
  bool exact() const { return position_ >= bytes_.size && position_ <= bytes_.size + 4; }
  bool overrun() const { return position_ > bytes_.size + 4; }

 private:
  void Normalize() {
    while (((low_ ^ high_) & 0xff000000u) == 0) {
      low_ <<= 8;
      high_ = high_ << 8 | 255;
      value_ = value_ << 8 | Next();
    }
  }
  uint32_t Next() {
    const size_t at = position_++;
    return at < bytes_.size ? bytes_.data[at] : 0;
  }

  Bytes bytes_;
  size_t position_ = 0;
  uint32_t low_ = 0;
  uint32_t high_ = 0xffffffffu;
  uint32_t value_ = 0;
};

class NumberDecoder {
 public:
  static constexpr size_t kModelsPerContext = 32 + 32 * 8;

  // models: contexts * kModelsPerContext words.
  NumberDecoder(Bytes bytes, uint32_t* models, size_t contexts) : coder_(bytes), models_(models) {
    for (size_t context = kMarked; context < contexts; context++) Refresh(context);
  }
  // Below 2^24.
  uint32_t Get(uint32_t context) {
    uint32_t* models = models_ + context * kModelsPerContext;
    if (context < kMarked && (unused_ >> context & 1) != 0) {
      Refresh(context);
      unused_ &= ~(uint64_t{1} << context);
    }
    // A copy, since models that are stored might be the coder's own words.
    BinaryDecoder coder = coder_;
    uint32_t length = 0;
    while (length < 23 && coder.DecodeAdaptive(models + length, kLimit)) length++;
    uint32_t* mantissa = models + 32 + length * 8;
    uint32_t prefix = 1;
    for (uint32_t level = 0; level < length; level++) {
      const bool bit = coder.DecodeAdaptive(mantissa + (level < 3 ? prefix : 0), kLimit);
      prefix = prefix << 1 | static_cast<uint32_t>(bit);
    }
    coder_ = coder;
    return prefix - 1;
  }
  bool exact() const { return coder_.exact(); }

 private:
  // Contexts whose models are made when they are first used: blocks use few of them, and all together are 50
  // KB.
  static constexpr size_t kMarked = 64;
  static constexpr uint32_t kLimit = 60;

  void Refresh(size_t context) {
    for (size_t i = 0; i < kModelsPerContext; i++) models_[context * kModelsPerContext + i] = kFreshModel;
  }
  BinaryDecoder coder_;
  uint32_t* models_;
  uint64_t unused_ = ~uint64_t{0};  // of the first kMarked contexts
};

}  // namespace weightfold

#endif  // WEIGHTFOLD_CODECS_COMMON_BINARY_DECODER_H_
