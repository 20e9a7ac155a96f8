#include "model.h"

#include <cstring>

#include "../common/adaptive.h"

namespace weightfold {
namespace {

constexpr uint32_t kLearnedLimit = 255;
constexpr uint32_t kMatchHashBits = 16;
constexpr uint32_t kLongestMatch = 63;

uint32_t InitialMeaning(uint32_t history) {
  const uint64_t zeros = history >> 4;
  const uint64_t ones = history & 15;
  return static_cast<uint32_t>((2 * ones + 1) * 4194303 / (2 * (zeros + ones) + 2)) << 10;
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

void ContextSlots::SetSymbol(const uint8_t* data, size_t position) {
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
      } else {
        value = static_cast<uint32_t>(position) / term.argument;
        if (term.kind == kClassTerm) value = parameters->classes[value];
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
  for (uint32_t& trust : trust_) trust = kFreshModel;
  pointer_ = 0;
  length_ = expected_ = 0;
  minimum_ = parameters.minimum_match;
  bits_ = parameters.bits;
  return true;
}

void MatchModel::SetSymbol(const uint8_t* data, size_t position) {
  expected_ = 0;
  if (minimum_ == 0 || position < minimum_) return;
  if (length_ > 0 && data[pointer_] == data[position - 1]) {
    pointer_++;
    if (length_ < kLongestMatch) length_++;
  } else {
    length_ = 0;
  }
  uint32_t hash = 0;
  for (uint32_t i = 1; i <= minimum_; i++) hash = (hash ^ (data[position - i] + 1u)) * 0x2f0b4c47u;
  const uint32_t index = (hash ^ hash >> 15) >> (32 - kMatchHashBits);
  if (length_ == 0) Start(data, position, last_[index]);
  last_[index] = static_cast<uint32_t>(position);
  if (length_ > 0) expected_ = data[pointer_] | 1u << bits_;
}

void MatchModel::Start(const uint8_t* data, size_t position, size_t candidate) {
  if (candidate == 0) return;
  uint32_t length = 0;
  while (length < kLongestMatch && length < candidate &&
         data[candidate - 1 - length] == data[position - 1 - length]) {
    length++;
  }
  if (length < minimum_) return;
  pointer_ = candidate;
  length_ = length;
}

int MatchModel::ExpectedBit(uint32_t prefix, uint32_t left) const {
  if (expected_ == 0 || expected_ >> left != prefix) return -1;
  return static_cast<int>(expected_ >> (left - 1) & 1);
}

int32_t MatchModel::Predict(int expected_bit) const {
  if (expected_bit < 0) return 0;
  const int32_t logit = kStretch.value[trust_[length_] >> 20];
  return expected_bit == 1 ? logit : -logit;
}

void MatchModel::Update(int expected_bit, int bit) {
  if (expected_bit >= 0) trust_[length_] = Updated(trust_[length_], expected_bit == bit, kLearnedLimit);
}

bool MixerPair::Init(const ContextParameters& parameters, uint32_t input_lanes, Scratch* scratch) {
  lanes = input_lanes;
  rate = static_cast<int32_t>(parameters.rate);
  const size_t first_size = size_t{256} * lanes, second_size = size_t{4} * parameters.period * lanes;
  weights = scratch->Take<int32_t>(first_size);
  second_weights = scratch->Take<int32_t>(second_size);
  if (weights == nullptr || second_weights == nullptr) return false;
  const int32_t initial = static_cast<int32_t>(16 * 65536 / (10 * (2 * parameters.context_count + 1)));
  for (size_t i = 0; i < first_size; i++) weights[i] = initial;
  for (size_t i = 0; i < second_size; i++) second_weights[i] = initial;
  return true;
}

bool ContextModel::Init(const ContextParameters* parameters, Scratch* scratch) {
  bits = parameters->bits;
  period = parameters->period;
  return slots.Init(parameters, scratch) && match.Init(*parameters, scratch) &&
         mixers.Init(*parameters, 2 * slots.lanes, scratch);
}

}  // namespace weightfold
