// Checked reading of primitive fields, and memory from the caller's scratch.
#ifndef WEIGHTFOLD_CODECS_COMMON_READER_H_
#define WEIGHTFOLD_CODECS_COMMON_READER_H_

#include <cstddef>
#include <cstdint>

#include "error.h"

namespace weightfold {

// A part of the container: bytes, and where they stand in the file (for messages).
struct Bytes {
  const uint8_t* data;
  size_t size;
  uint64_t offset;
};

inline uint32_t LoadLittle32(const uint8_t* p) {
  return static_cast<uint32_t>(p[0]) | static_cast<uint32_t>(p[1]) << 8 | static_cast<uint32_t>(p[2]) << 16 |
         static_cast<uint32_t>(p[3]) << 24;
}

inline void StoreLittle32(uint8_t* p, uint32_t value) {
  p[0] = static_cast<uint8_t>(value);
  p[1] = static_cast<uint8_t>(value >> 8);
  p[2] = static_cast<uint8_t>(value >> 16);
  p[3] = static_cast<uint8_t>(value >> 24);
}

class Reader {
 public:
  Reader(Bytes bytes, DecodeError* error) : bytes_(bytes), error_(error) {}

  uint64_t offset() const { return bytes_.offset + position_; }
  size_t remaining() const { return bytes_.size - position_; }
  Bytes Rest() const { return {bytes_.data + position_, remaining(), offset()}; }

  bool Take(uint64_t count, const char* what, Bytes* out) {
    if (count > remaining()) {
      return Fail(error_, "DAMAGED", offset(), "expected %llu more bytes for %s but received %zu",
                  static_cast<unsigned long long>(count), what, remaining());
    }
    *out = {bytes_.data + position_, static_cast<size_t>(count), offset()};
    position_ += static_cast<size_t>(count);
    return true;
  }
  bool U8(const char* what, uint32_t* value) {
    Bytes one = {};
    if (!Take(1, what, &one)) return false;
    *value = one.data[0];
    return true;
  }
  bool U32(const char* what, uint32_t* value) {
    Bytes four = {};
    if (!Take(4, what, &four)) return false;
    *value = LoadLittle32(four.data);
    return true;
  }
  // LEB128 in its shortest form, at most 7 bytes.
  bool Varint(const char* what, uint64_t* value) {
    const uint64_t start = offset();
    *value = 0;
    for (int length = 1; length <= 7; length++) {
      uint32_t byte;
      if (!U8(what, &byte)) return false;
      *value |= static_cast<uint64_t>(byte & 127) << (7 * (length - 1));
      if (byte < 128) {
        if (byte == 0 && length > 1) break;
        return true;
      }
    }
    return Fail(error_, "DAMAGED", start, "expected a varint of at most 7 bytes in its shortest form for %s",
                what);
  }
  bool Bounded(const char* what, uint64_t low, uint64_t high, uint64_t* value) {
    const uint64_t start = offset();
    if (!Varint(what, value)) return false;
    return InRange(what, low, high, *value, start);
  }
  bool BoundedU8(const char* what, uint32_t low, uint32_t high, uint32_t* value) {
    const uint64_t start = offset();
    if (!U8(what, value)) return false;
    return InRange(what, low, high, *value, start);
  }

 private:
  bool InRange(const char* what, uint64_t low, uint64_t high, uint64_t value, uint64_t at) {
    if (value >= low && value <= high) return true;
    return Fail(error_, "DAMAGED", at, "expected %llu to %llu for %s but received %llu",
                static_cast<unsigned long long>(low), static_cast<unsigned long long>(high), what,
                static_cast<unsigned long long>(value));
  }

  Bytes bytes_;
  size_t position_ = 0;
  DecodeError* error_;
};

// Memory handed out in order from the caller's scratch, 64-byte aligned. A copy of a Scratch is a mark to go
// back to.
class Scratch {
 public:
  Scratch(void* memory, size_t size) : at_(static_cast<uint8_t*>(memory)), left_(size) {}

  // Null when there is not enough.
  template <typename T>
  T* Take(size_t count) {
    const size_t bytes = count * sizeof(T);
    const size_t skip = (64 - (reinterpret_cast<uintptr_t>(at_) & 63)) & 63;
    if (skip > left_ || bytes > left_ - skip) return nullptr;
    T* result = reinterpret_cast<T*>(at_ + skip);
    at_ += skip + bytes;
    left_ -= skip + bytes;
    return result;
  }

 private:
  uint8_t* at_;
  size_t left_;
};

inline bool OutOfScratch(DecodeError* error, uint64_t offset) {
  return Fail(error, "BAD_ARGUMENT", offset, "expected scratch_size bytes of scratch but received fewer");
}

}  // namespace weightfold

#endif  // WEIGHTFOLD_CODECS_COMMON_READER_H_
