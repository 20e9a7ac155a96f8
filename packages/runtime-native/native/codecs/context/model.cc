#include "model.h"

#include <cstring>

#include "../common/adaptive.h"

namespace weightfold {
namespace {

constexpr uint32_t kSlotLimit = 255;
constexpr uint32_t kLearnedLimit = 255;
constexpr size_t kSlotsPerBucket = 16;
constexpr uint32_t kMatchHashBits = 16;
constexpr uint32_t kLongestMatch = 63;

struct Confidence {
  int32_t value[1024];
  constexpr Confidence() : value() {
    for (int n = 0; n < 1024; n++) value[n] = 512 * n / (2 * n + 1);
  }
};
constexpr Confidence kConfidence;

// A bit adds one to its own count (at most 15); the other count, when above 2, goes down to half of it plus
// one.
struct NextHistory {
  uint8_t value[512];
  constexpr NextHistory() : value() {
    for (int i = 0; i < 512; i++) {
      const int bit = i & 1;
      int own = bit ? i >> 1 & 15 : i >> 5;
      int other = bit ? i >> 5 : i >> 1 & 15;
      own = own < 15 ? own + 1 : 15;
      if (other > 2) other = other / 2 + 1;
      value[i] = static_cast<uint8_t>(bit ? other << 4 | own : own << 4 | other);
    }
  }
};
constexpr NextHistory kNextHistory;

uint32_t InitialMeaning(uint32_t history) {
  const uint64_t zeros = history >> 4;
  const uint64_t ones = history & 15;
  return static_cast<uint32_t>((2 * ones + 1) * 4194303 / (2 * (zeros + ones) + 2)) << 10;
}

}  // namespace

bool ContextSlots::Init(const ContextParameters* parameters, Scratch* scratch) {
  parameters_ = parameters;
  const size_t count = size_t{1} << parameters->table_bits;
  slots_ = scratch->Take<uint32_t>(count);
  histories_ = scratch->Take<uint8_t>(count);
  meanings_ = scratch->Take<uint32_t>(parameters->context_count * size_t{256});
  if (slots_ == nullptr || histories_ == nullptr || meanings_ == nullptr) return false;
  std::memset(slots_, 0, count * sizeof(uint32_t));
  std::memset(histories_, 0, count);
  for (uint32_t i = 0; i < parameters->context_count * 256; i++) meanings_[i] = InitialMeaning(i & 255);
  shift_ = 32 - (parameters->table_bits - 4);
  return true;
}

void ContextSlots::SetSymbol(const uint8_t* data, size_t position) {
  for (uint32_t c = 0; c < parameters_->context_count; c++) {
    uint32_t hash = (c + 1) * 0x9e3779b1u;
    const ContextSpec& context = parameters_->contexts[c];
    for (uint32_t t = 0; t < context.term_count; t++) {
      const Term& term = context.terms[t];
      uint32_t value = 0;
      if (term.kind == kByteTerm) {
        value = term.argument > position
                    ? 0
                    : static_cast<uint32_t>(data[position - term.argument]) >> term.shift;
      } else if (term.kind == kModuloTerm) {
        value = static_cast<uint32_t>(position % term.argument);
      } else {
        value = static_cast<uint32_t>(position / term.argument);
        if (term.kind == kClassTerm) value = parameters_->classes[value];
      }
      hash = (hash ^ (value + 1)) * 0x85ebca6bu;
      hash ^= hash >> 15;
    }
    hashes_[c] = hash;
  }
}

void ContextSlots::SetGroup(uint32_t prefix) {
  for (uint32_t c = 0; c < parameters_->context_count; c++) {
    uint32_t hash = (hashes_[c] ^ prefix * 0x9e3779b1u) * 0xc2b2ae35u;
    hash ^= hash >> 16;
    hash *= 0x85ebca6bu;
    const size_t bucket = static_cast<size_t>(hash >> shift_) * kSlotsPerBucket;
    const uint32_t tag = (hash & 0xffff) | 1;
    buckets_[c] = bucket;
    if (slots_[bucket] == tag) continue;
    slots_[bucket] = tag;
    for (size_t i = 1; i < kSlotsPerBucket; i++) slots_[bucket + i] = kFreshModel;
    std::memset(histories_ + bucket, 0, kSlotsPerBucket);
  }
}

void ContextSlots::Predict(uint32_t node, int32_t* inputs) const {
  for (uint32_t c = 0; c < parameters_->context_count; c++) {
    const size_t slot = buckets_[c] + node;
    const uint32_t model = slots_[slot];
    const uint32_t n = model & 1023;
    const int32_t direct = (kStretch.value[model >> 20] * kConfidence.value[n]) >> 8;
    const int32_t learned = kStretch.value[meanings_[c * 256 + histories_[slot]] >> 20];
    inputs[2 * c] = n == 0 ? 0 : direct;
    inputs[2 * c + 1] = n == 0 ? 0 : learned;
  }
}

void ContextSlots::Update(uint32_t node, int bit) {
  for (uint32_t c = 0; c < parameters_->context_count; c++) {
    const size_t slot = buckets_[c] + node;
    const uint8_t history = histories_[slot];
    uint32_t* meaning = &meanings_[c * 256 + history];
    if (history != 0) *meaning = Updated(*meaning, bit, kLearnedLimit);
    slots_[slot] = Updated(slots_[slot], bit, kSlotLimit);
    histories_[slot] = kNextHistory.value[history * 2 + bit];
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

bool Mixer::Init(uint32_t inputs, uint32_t sets, uint32_t rate, Scratch* scratch) {
  weights_ = scratch->Take<int32_t>(static_cast<size_t>(inputs) * sets);
  if (weights_ == nullptr) return false;
  const int32_t initial = static_cast<int32_t>(16 * 65536 / (10 * inputs));
  for (size_t i = 0; i < static_cast<size_t>(inputs) * sets; i++) weights_[i] = initial;
  inputs_ = inputs;
  rate_ = static_cast<int32_t>(rate);
  selected_ = weights_;
  probability_ = 0;
  return true;
}

int32_t Mixer::Mix(const int32_t* inputs, uint32_t set) {
  selected_ = weights_ + static_cast<size_t>(set) * inputs_;
  int32_t sum = 0;
  for (uint32_t i = 0; i < inputs_; i++) sum += (inputs[i] * selected_[i]) >> 8;
  const int32_t logit = Clamp(sum >> 8, 2047);
  probability_ = Squash(logit);
  return logit;
}

void Mixer::Update(const int32_t* inputs, int bit) {
  const int32_t error = (((bit << 16) - probability_) * rate_) >> 6;
  for (uint32_t i = 0; i < inputs_; i++) {
    selected_[i] = Clamp(selected_[i] + ((inputs[i] * error + 8192) >> 14), 524287);
  }
}

bool ContextModel::Init(const ContextParameters* parameters, Scratch* scratch) {
  input_count_ = 2 * parameters->context_count + 1;
  bits_ = parameters->bits;
  period_ = parameters->period;
  return slots_.Init(parameters, scratch) && match_.Init(*parameters, scratch) &&
         by_node_.Init(input_count_, 256, parameters->rate, scratch) &&
         by_position_.Init(input_count_, 4 * period_, parameters->rate, scratch);
}

void ContextModel::BeginSymbol(const uint8_t* data, size_t position) {
  slots_.SetSymbol(data, position);
  match_.SetSymbol(data, position);
  phase_ = static_cast<uint32_t>(position % period_) * 4 + match_.bucket();
  prefix_ = 1;
  left_ = bits_;
}

uint32_t ContextModel::Predict() {
  if (left_ == bits_ || left_ == 4) {
    slots_.SetGroup(prefix_);
    node_ = 1;
  }
  slots_.Predict(node_, inputs_);
  expected_bit_ = match_.ExpectedBit(prefix_, left_);
  inputs_[input_count_ - 1] = match_.Predict(expected_bit_);
  const int32_t sum = by_node_.Mix(inputs_, prefix_) + by_position_.Mix(inputs_, phase_);
  return static_cast<uint32_t>(Squash(sum >> 1));
}

void ContextModel::Update(int bit) {
  by_node_.Update(inputs_, bit);
  by_position_.Update(inputs_, bit);
  slots_.Update(node_, bit);
  match_.Update(expected_bit_, bit);
  prefix_ = prefix_ << 1 | static_cast<uint32_t>(bit);
  node_ = node_ << 1 | static_cast<uint32_t>(bit);
  left_--;
}

}  // namespace weightfold
