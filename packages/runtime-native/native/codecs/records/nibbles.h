// Symbols of four bits with adaptive frequencies, from two interleaved rANS states
// (formats/container/src/codecs/records/spec.md, "Symbols").
#ifndef WEIGHTFOLD_CODECS_RECORDS_NIBBLES_H_
#define WEIGHTFOLD_CODECS_RECORDS_NIBBLES_H_

#include <cstring>

#include "../common/reader.h"
#include "contexts.h"
#include "lanes.h"

namespace weightfold {

// Rows and weights of mixed rows; all of it is in the caller's scratch.
struct NibbleModel {
  NibbleRow rows[kRows];
  uint16_t weights[72];
};

// Sets every row to its initial frequencies.
void InitNibbleModel(NibbleModel* model);

struct NibbleRates {
  uint16_t rate[41];
  uint8_t confidence[41];
  constexpr NibbleRates() : rate(), confidence() {
    for (uint32_t n = 0; n <= 40; n++) {
      rate[n] = static_cast<uint16_t>(65536 / (n + 8));
      confidence[n] = n == 0 ? 0 : n == 1 ? 1 : n < 4 ? 2 : n < 8 ? 3 : n < 16 ? 4 : 5;
    }
  }
};
constexpr NibbleRates kNibbleRates;

template <typename Lanes>
class NibbleDecoder {
 public:
  NibbleDecoder(Bytes bytes, NibbleModel* model)
      : at_(bytes.data), end_(bytes.data + bytes.size), model_(model) {
    ranges_.start[0] = 0;
    ranges_.start[16] = 1u << kNibbleTotalLog2;
    if (bytes.size < 8) {
      missing_ = true;
      return;
    }
    states_ = LoadLittle32(at_) | static_cast<uint64_t>(LoadLittle32(at_ + 4)) << 32;
    at_ += 8;
  }

  uint32_t Get(uint32_t row) {
    NibbleRow* rows = &model_->rows[row];
    const uint32_t symbol = Lanes::Find(*rows, Slot(), &ranges_);
    Advance(ranges_.start[symbol], ranges_.start[symbol + 1]);
    Adapt(rows, symbol);
    return symbol;
  }

  // set: 0 for the high, 1 for the low four bits of a literal.
  uint32_t GetMixed(uint32_t first_row, uint32_t second_row, uint32_t set) {
    NibbleRow* first = &model_->rows[first_row];
    NibbleRow* second = &model_->rows[second_row];
    uint16_t* weight = &model_->weights[36 * set + 6 * kNibbleRates.confidence[first->lane[0]] +
                                        kNibbleRates.confidence[second->lane[0]]];
    const uint32_t symbol = Lanes::FindMixed(*first, *second, *weight, Slot(), &ranges_);
    Advance(ranges_.start[symbol], ranges_.start[symbol + 1]);
    const int32_t lead = Share(*second, symbol) - Share(*first, symbol);
    const uint32_t value = *weight;
    const uint32_t up = value + ((32768 - value) >> 4);
    const uint32_t down = value - (value >> 4);
    *weight = static_cast<uint16_t>(lead > 0 ? up : lead < 0 ? down : value);
    Adapt(second, symbol);
    Adapt(first, symbol);
    return symbol;
  }

  // Bits whose values are all alike.
  uint32_t GetPlain(uint32_t bits) {
    uint32_t value = 0;
    while (bits > 0) {
      const uint32_t now = bits < 12 ? bits : 12;
      const uint32_t size = kNibbleTotalLog2 - now;
      const uint32_t digit = Slot() >> size;
      Advance(digit << size, (digit + 1) << size);
      value = value << now | digit;
      bits -= now;
    }
    return value;
  }

  // A word was wanted and none was there: what came since then means nothing.
  bool missing() const { return missing_; }
  // All words are used and the states are what the encoder began with.
  bool exact() const { return !missing_ && at_ == end_ && states_ == kLastStates; }

 private:
  static constexpr uint64_t kLastStates = uint64_t{65536} << 32 | 65536;

  uint32_t Slot() const { return static_cast<uint32_t>(states_) & ((1u << kNibbleTotalLog2) - 1); }

  void Advance(uint32_t start, uint32_t end) {
    const uint32_t quotient = static_cast<uint32_t>(states_) >> kNibbleTotalLog2;
    uint32_t state = (end - start) * quotient + Slot() - start;
    if (end_ - at_ >= 2) {  // nearly always; whether a word is needed is no branch
      uint16_t word;
      std::memcpy(&word, at_, 2);
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
      word = __builtin_bswap16(word);
#endif
      const bool needed = state < 65536;
      const uint32_t filled = state << 16 | word;
      state = needed ? filled : state;
      at_ += needed ? 2 : 0;
    } else if (state < 65536) {
      missing_ = true;
      state = 65536;
    }
    states_ = states_ >> 32 | static_cast<uint64_t>(state) << 32;
  }

  static int32_t Share(const NibbleRow& row, uint32_t symbol) {
    const int32_t end = symbol == 15 ? static_cast<int32_t>(kNibbleAdapted) : row.lane[symbol + 1];
    return end - (symbol == 0 ? 0 : row.lane[symbol]);
  }

  static void Adapt(NibbleRow* row, uint32_t symbol) {
    const uint32_t seen = row->lane[0];
    Lanes::Adapt(row, symbol, kNibbleRates.rate[seen], seen < 40 ? 1 : 0);
  }

  const uint8_t* at_;
  const uint8_t* end_;
  NibbleModel* model_;
  // The state whose turn it is in the lower half, the other one in the upper. As two words compilers put them
  // in a vector, on the way from each symbol to the next.
  uint64_t states_ = kLastStates;
  bool missing_ = false;
  NibbleRanges ranges_;
};

}  // namespace weightfold

#endif  // WEIGHTFOLD_CODECS_RECORDS_NIBBLES_H_
