#include "decode.h"

#include "history.h"
#include "nibbles.h"

namespace weightfold {
namespace {

struct RecordScratch {
  NibbleModel model;
  StartRings starts;
};
static_assert(sizeof(RecordScratch) < kCodecScratch, "scratch of the records codec");

template <typename Lanes>
class RecordDecoder {
 public:
  RecordDecoder(Bytes coded, uint8_t* out, size_t length, RecordScratch* memory)
      : input_(coded, &memory->model), starts_(&memory->starts), coded_(coded), out_(out), length_(length) {}

  bool Decode(DecodeError* error) {
    while (position_ < length_ && !input_.missing()) {
      const uint32_t op =
          input_.Get(kOperationRows + 3 * state_ + starts_->Started(position_, distances_[0]));
      if (op == kLiteral) {
        Literal();
      } else if (!Copy(op, error)) {
        return false;
      }
    }
    if (input_.exact()) return true;
    return Fail(error, "DAMAGED", coded_.offset + coded_.size,
                "expected all words of the records to be used and their states to end as they began");
  }

 private:
  uint32_t Before() const { return position_ > 0 ? out_[position_ - 1] : kDictionary[kDictionarySize - 1]; }

  // The byte at the latest distance.
  uint32_t Matched() const {
    const uint32_t distance = distances_[0];
    return distance <= position_ ? out_[position_ - distance]
                                 : kDictionary[kDictionarySize - (distance - position_)];
  }

  void Literal() {
    const uint32_t before = Before();
    const uint32_t place = position_ & 3;
    const bool after_copy = state_ >= 2;
    const uint32_t matched = after_copy ? Matched() : 0;
    const uint32_t kind = after_copy ? matched >> 4 : 16 + ByteClass(before);
    const uint32_t high = input_.GetMixed(kHighFirstRows + 22 * place + kind, kHighSecondRows + before, 0);
    const uint32_t second = after_copy && matched >> 4 == high ? 256 + matched : 16 * high + (before & 15);
    const uint32_t low =
        input_.GetMixed(kLowFirstRows + 5 * high + (before < 32 ? place : 4), kLowSecondRows + second, 1);
    out_[position_] = static_cast<uint8_t>(high << 4 | low);
    starts_->literals[StartRings::Word(position_)] |= StartRings::Bit(position_);
    starts_->Enter(position_, position_ + 1);
    position_++;
    state_ = after_copy ? 1 : 0;
  }

  uint32_t Length(uint32_t kind) {
    const uint32_t symbol = input_.Get(kLengthRows + 4 * kind + (position_ & 3));
    if (symbol < 11) return symbol;
    if (symbol < 15) return 9 + (1u << (symbol - 10)) + input_.Get(kLengthBitsRows + symbol - 11);
    const uint32_t bits = 5 + input_.Get(kLongExponentRow);
    const uint32_t top = input_.Get(kLongTopRow);
    return 9 + (1u << bits) + (top << (bits - 4)) + input_.GetPlain(bits - 4);
  }

  uint32_t Distance(uint32_t row) {
    uint32_t exponent = input_.Get(row);
    if (exponent == 15) exponent += input_.Get(kFarExponentRow);
    if (exponent == 0) return 1;
    if (exponent < 5) return (1u << exponent) + input_.Get(kShortTailRows + exponent - 1);
    const uint32_t plain = exponent > 8 ? exponent - 8 : 0;
    const uint32_t top = input_.Get(kHighTailRows + (exponent < 16 ? exponent : 16) - 5);
    const uint32_t middle = input_.GetPlain(plain);
    return (1u << exponent) + (top << (4 + plain)) + (middle << 4) + input_.Get(kLowTailRow);
  }

  // Brings a distance to the front of the latest four.
  void Latest(uint32_t index, uint32_t distance) {
    for (; index > 0; index--) distances_[index] = distances_[index - 1];
    distances_[0] = distance;
  }

  bool Copy(uint32_t op, DecodeError* error) {
    if (op >= kOperations) {
      return Fail(error, "DAMAGED", coded_.offset,
                  "expected an operation below %u but received %u at byte %zu of "
                  "the block",
                  static_cast<uint32_t>(kOperations), op, position_);
    }
    const bool timed = op >= kFreshTimed;
    const uint32_t plain = timed ? op - (kFreshTimed - kFresh) : op;
    const bool fresh = plain == kFresh;
    uint32_t length = 0, distance;
    if (fresh) {
      if (!timed) length = kLeastCopy + Length(0);
      const uint32_t by_length = length < 5 ? length - kLeastCopy : 3;
      distance = Distance(timed ? kTimedExponentRow : kExponentRows + by_length);
      Latest(3, distance);
      state_ = 2;
    } else {
      const uint32_t index = plain - kRepeat;
      distance = distances_[index];
      if (!timed) length = 1 + Length(index == 0 ? 1 : 2);
      Latest(index, distance);
      state_ = index == 0 ? 3 : 4;
    }
    if (timed) length = starts_->PredictedLength(position_, distance);
    return Place(distance, length, fresh ? kLeastCopy : 1, error);
  }

  bool Place(uint32_t distance, uint32_t length, uint32_t least, DecodeError* error) {
    if (distance > position_ + kDictionarySize) {
      return Fail(error, "DAMAGED", coded_.offset,
                  "expected at most %zu for distance of a copy but received %u", position_ + kDictionarySize,
                  distance);
    }
    if (length < least || length > length_ - position_) {
      return Fail(error, "DAMAGED", coded_.offset, "expected %u to %zu for length of a copy but received %u",
                  least, length_ - position_, length);
    }
    CopyRecord(out_, position_, length_, distance, length);
    starts_->copies[StartRings::Word(position_)] |= StartRings::Bit(position_);
    starts_->Enter(position_, position_ + length);
    position_ += length;
    return true;
  }

  NibbleDecoder<Lanes> input_;
  StartRings* starts_;
  Bytes coded_;
  uint8_t* out_;
  size_t length_;
  size_t position_ = 0;
  uint32_t state_ = 0;
  uint32_t distances_[4] = {4, 8, 12, 16};
};

template <typename Lanes>
bool Decode(Bytes coded, uint8_t* out, size_t length, Scratch scratch, DecodeError* error) {
  RecordScratch* memory = scratch.Take<RecordScratch>(1);
  if (memory == nullptr) return OutOfScratch(error, coded.offset);
  InitNibbleModel(&memory->model);
  std::memset(&memory->starts, 0, sizeof(memory->starts));
  return RecordDecoder<Lanes>(coded, out, length, memory).Decode(error);
}

}  // namespace

// Alignment takes up to 63 bytes more.
size_t RecordsScratch(Bytes, size_t) { return sizeof(RecordScratch) + 64; }

bool DecodeRecords(Bytes coded, uint8_t* out, size_t length, const Environment&, Scratch scratch,
                   DecodeError* error) {
  return Decode<NibbleLanes>(coded, out, length, scratch, error);
}

bool DecodeRecordsPortable(Bytes coded, uint8_t* out, size_t length, const Environment&, Scratch scratch,
                           DecodeError* error) {
  return Decode<PortableLanes>(coded, out, length, scratch, error);
}

}  // namespace weightfold
