#include "model.h"

#include <cstring>

#include "../common/adaptive.h"

namespace weightfold {
namespace {

constexpr uint32_t kLearnedLimit = 255;
constexpr uint32_t kMatchHashBits = 16;
constexpr uint32_t kLongestMatch = 63;
// Failures of the last eight symbols after which a match is given up: all.
constexpr uint32_t kAllFailed = 255;

uint32_t InitialMeaning(uint32_t history) {
  const uint64_t zeros = history >> 4;
  const uint64_t ones = history & 15;
  return static_cast<uint32_t>((2 * ones + 1) * 4194303 / (2 * (zeros + ones) + 2)) << 10;
}

uint32_t LengthClass(uint32_t length) {
  if (length < 16) return length;
  if (length < 32) return 16 + ((length - 16) >> 2);
  const uint32_t eighths = (length - 32) >> 3;
  return 20 + (eighths < 3 ? eighths : 3);
}

uint32_t FailureClass(uint32_t failures) {
  if (failures == 0) return 0;
  return (failures & 1 ? 2 : 1) + (failures > 3 ? 2 : 0);
}

// How many zeros stand just before, at most 15. What is before the start counts as zeros.
uint32_t ZerosBefore(const uint8_t* data, size_t position) {
  uint32_t count = 0;
  while (count < 15 && (count >= position || data[position - count - 1] == 0)) count++;
  return count;
}

}  // namespace

bool ContextSlots::Init(const ContextParameters* with, Scratch* scratch) {
  *this = {};
  parameters = with;
  count = with->context_count;
  lanes = (count + 1 + 7) & ~7u;
  shift = 32 - (with->table_bits - 4);
  const size_t size = size_t{1} << with->table_bits;
  slots = scratch->Take<uint32_t>(size);
  histories = scratch->Take<uint8_t>(size);
  meanings = scratch->Take<uint32_t>(count * size_t{256});
  if (slots == nullptr || histories == nullptr || meanings == nullptr) return false;
  std::memset(slots, 0, size * sizeof(uint32_t));
  std::memset(histories, 0, size);
  for (uint32_t i = 0; i < count * 256; i++) meanings[i] = InitialMeaning(i & 255);
  return true;
}

void ContextSlots::SetSymbol(const uint8_t* data, size_t position, const MatchModel& match) {
  uint32_t derived[kDerivedValues] = {};
  const uint32_t zeros = ZerosBefore(data, position);
  derived[kExpected] = match.expected();
  derived[kMatchLength] = match.length() < 7 ? match.length() : 7;
  derived[kZeros] = zeros;
  derived[kBeforeZeros] = zeros + 1 > position ? 0 : data[position - zeros - 1];
  for (uint32_t c = 0; c < parameters->context_count; c++) {
    uint32_t hash = (c + 1) * 0x9e3779b1u;
    const ContextSpec& context = parameters->contexts[c];
    for (uint32_t t = 0; t < context.term_count; t++) {
      const Term& term = context.terms[t];
      uint32_t value = 0;
      if (term.kind == kByteTerm) {
        value = term.argument > position
                    ? 0
                    : static_cast<uint32_t>(data[position - term.argument]) >> term.shift;
      } else if (term.kind == kModuloTerm) {
        value = static_cast<uint32_t>(position) % term.argument;
      } else if (term.kind == kDivideTerm) {
        value = static_cast<uint32_t>(position) / term.argument;
      } else {
        value = derived[term.argument];
      }
      hash = (hash ^ (value + 1)) * 0x85ebca6bu;
      hash ^= hash >> 15;
    }
    hashes[c] = hash;
  }
}

bool MatchModel::Init(const ContextParameters& parameters, Scratch* scratch) {
  last_ = scratch->Take<uint32_t>(size_t{1} << kMatchHashBits);
  if (last_ == nullptr) return false;
  std::memset(last_, 0, sizeof(uint32_t) << kMatchHashBits);
  for (uint32_t& trust : by_length_) trust = kFreshModel;
  for (uint32_t& trust : by_symbol_) trust = kFreshModel;
  pointer_ = 0;
  length_ = expected_ = failures_ = trust_ = 0;
  minimum_ = parameters.minimum_match;
  bits_ = parameters.bits;
  return true;
}

void MatchModel::SetSymbol(const uint8_t* data, size_t position) {
  expected_ = 0;
  if (minimum_ == 0 || position < minimum_) return;
  if (pointer_ > 0) Follow(data[pointer_] == data[position - 1]);
  uint32_t hash = 0;
  for (uint32_t i = 1; i <= minimum_; i++) hash = (hash ^ (data[position - i] + 1u)) * 0x2f0b4c47u;
  const uint32_t index = (hash ^ hash >> 15) >> (32 - kMatchHashBits);
  if (length_ < minimum_) Start(data, position, last_[index]);
  last_[index] = static_cast<uint32_t>(position);
  if (pointer_ == 0) return;
  expected_ = 256u | data[pointer_];
  trust_ = LengthClass(length_) * 5 + FailureClass(failures_);
}

void MatchModel::Follow(bool agreed) {
  pointer_++;
  if (!agreed) {
    failures_ = (failures_ << 1 | 1) & kAllFailed;
    length_ = 0;
    if (failures_ == kAllFailed) pointer_ = 0;
    return;
  }
  if (length_ < kLongestMatch) length_++;
  if (length_ % 4 == 0 && length_ <= 16) failures_ >>= 1;
}

void MatchModel::Start(const uint8_t* data, size_t position, size_t candidate) {
  uint32_t length = 0;
  while (length < kLongestMatch && length < candidate &&
         data[candidate - 1 - length] == data[position - 1 - length]) {
    length++;
  }
  if (length < minimum_) return;
  pointer_ = candidate;
  length_ = length;
  failures_ = 0;
}

int MatchModel::ExpectedBit(uint32_t prefix, uint32_t left) const {
  const uint32_t symbol = (expected_ & 255) | 1u << bits_;
  if (expected_ == 0 || symbol >> left != prefix) return -1;
  return static_cast<int>(symbol >> (left - 1) & 1);
}

void MatchModel::Predict(int expected_bit, uint32_t left, int32_t* by_length, int32_t* by_symbol) const {
  *by_length = *by_symbol = 0;
  if (expected_bit < 0) return;
  const int32_t sign = expected_bit == 1 ? 1 : -1;
  *by_length = sign * kStretch.value[by_length_[trust_] >> 20];
  *by_symbol = sign * kStretch.value[by_symbol_[Place(left)] >> 20];
}

void MatchModel::Update(int expected_bit, int bit, uint32_t left) {
  if (expected_bit < 0) return;
  uint32_t* by_symbol = &by_symbol_[Place(left)];
  by_length_[trust_] = Updated(by_length_[trust_], expected_bit == bit, kLearnedLimit);
  *by_symbol = Updated(*by_symbol, expected_bit == bit, kLearnedLimit);
}

bool Mixers::Init(const ContextParameters& parameters, uint32_t input_lanes, Scratch* scratch) {
  const size_t counts[kCount] = {256, size_t{4} * parameters.period, 256};
  const int32_t initial = static_cast<int32_t>(16 * 65536 / (10 * (2 * parameters.context_count + 2)));
  lanes = input_lanes;
  rate = static_cast<int32_t>(parameters.rate);
  for (uint32_t m = 0; m < kCount; m++) {
    const size_t size = counts[m] * lanes;
    weights[m] = scratch->Take<int32_t>(size);
    if (weights[m] == nullptr) return false;
    for (size_t i = 0; i < size; i++) weights[m][i] = initial;
  }
  return true;
}

bool ContextModel::Init(const ContextParameters* parameters, Scratch* scratch) {
  bits = parameters->bits;
  period = parameters->period;
  return slots.Init(parameters, scratch) && match.Init(*parameters, scratch) &&
         mixers.Init(*parameters, 2 * slots.lanes, scratch);
}

}  // namespace weightfold
