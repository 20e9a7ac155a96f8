// Raw bits, the lowest first, in bytes filled from their lowest bit.
#ifndef WEIGHTFOLD_CODECS_INTEGERS_BIT_READER_H_
#define WEIGHTFOLD_CODECS_INTEGERS_BIT_READER_H_

#include "../common/reader.h"

namespace weightfold {

class BitReader {
 public:
  explicit BitReader(Bytes bytes) : bytes_(bytes.data), size_(bytes.size) {}

  // Bits after the end are 0. bits: 0 to 32.
  uint32_t Get(uint32_t bits) {
    const uint64_t word = Word(static_cast<size_t>(at_ >> 3)) >> (at_ & 7);
    at_ += bits;
    return static_cast<uint32_t>(word & ((uint64_t{1} << bits) - 1));
  }
  // More bits were asked for than there are.
  bool missing() const { return at_ > 8 * static_cast<uint64_t>(size_); }
  // All bytes are used, and the bits left in the last one are 0.
  bool exact() const {
    if ((at_ + 7) >> 3 != size_) return false;
    return (at_ & 7) == 0 || bytes_[size_ - 1] >> (at_ & 7) == 0;
  }

 private:
  // The eight bytes from here, zeros after the end. Compilers make one load of the first case.
  uint64_t Word(size_t byte) const {
    if (byte + 8 <= size_) {
      return static_cast<uint64_t>(LoadLittle32(bytes_ + byte)) |
             static_cast<uint64_t>(LoadLittle32(bytes_ + byte + 4)) << 32;
    }
    uint64_t word = 0;
    for (size_t i = 0; byte < size_ && i < size_ - byte; i++) {
      word |= static_cast<uint64_t>(bytes_[byte + i]) << (8 * i);
    }
    return word;
  }

  const uint8_t* bytes_;
  size_t size_;
  uint64_t at_ = 0;
};

}  // namespace weightfold

#endif  // WEIGHTFOLD_CODECS_INTEGERS_BIT_READER_H_
