// What the context model does for each bit, in loops over arrays that compilers turn into SIMD. Included once
// per instruction set (scalar.cc, x86_avx2.cc) so that all of them compute the same: the arithmetic is
// integer arithmetic. Everything is in an unnamed namespace, or the linker would keep the copy for a newer
// CPU for all.
#include <cstring>

#include "../common/adaptive.h"
#include "model.h"

namespace weightfold {
namespace {

constexpr uint32_t kSlotLimit = 255;

struct ConfidenceTable {
  int32_t value[256];
  constexpr ConfidenceTable() : value() {
    for (int n = 0; n < 256; n++) value[n] = 512 * n / (2 * n + 1);
  }
};
constexpr ConfidenceTable kConfidence;

struct StepTable {
  int32_t value[256];
  constexpr StepTable() : value() {
    for (int n = 0; n < 256; n++) value[n] = 16384 / (2 * n + 3);
  }
};
constexpr StepTable kStepTable;

// A bit adds one to its own count (at most 15); the other count, when above 2, becomes half of it plus one.
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

// A vector register of 32-bit lanes: compilers make of it what the instruction set has.
#if defined(__AVX2__)
constexpr uint32_t kWidth = 8;
#else
constexpr uint32_t kWidth = 4;
#endif
typedef int32_t Lanes __attribute__((vector_size(4 * kWidth)));

inline Lanes Load(const int32_t* from) {
  Lanes lanes;
  std::memcpy(&lanes, from, sizeof(lanes));
  return lanes;
}

inline void Store(int32_t* to, Lanes lanes) { std::memcpy(to, &lanes, sizeof(lanes)); }

// Finds the buckets of all contexts for a group of bits. All are fetched before the first is looked at.
inline void FindBuckets(ContextSlots* s, uint32_t prefix) {
  uint32_t hashes[kMaximumLanes];
  for (uint32_t c = 0; c < s->lanes; c++) {
    uint32_t hash = (s->hashes[c] ^ prefix * 0x9e3779b1u) * 0xc2b2ae35u;
    hash ^= hash >> 16;
    hashes[c] = hash * 0x85ebca6bu;
    s->buckets[c] = (hashes[c] >> s->shift) * 16;
  }
  for (uint32_t c = 0; c < s->count; c++) {
    __builtin_prefetch(s->slots + s->buckets[c]);
    __builtin_prefetch(s->histories + s->buckets[c]);
  }
  for (uint32_t c = 0; c < s->count; c++) {
    uint32_t* slots = s->slots + s->buckets[c];
    const uint32_t tag = (hashes[c] & 0xffff) | 1;
    if (slots[0] == tag) continue;
    slots[0] = tag;
    for (uint32_t i = 1; i < 16; i++) slots[i] = kFreshModel;
    for (uint32_t i = 0; i < 16; i++) s->histories[s->buckets[c] + i] = 0;
  }
}

// Loads what the contexts say of the next bit, and turns it into inputs: direct ones, then learned ones.
inline void LoadInputs(ContextSlots* s, uint32_t node, int32_t* inputs) {
  const uint32_t count = s->count, lanes = s->lanes;
  const uint32_t* slots = s->slots;
  const uint8_t* histories = s->histories;
  const uint32_t* meanings = s->meanings;
  for (uint32_t c = 0; c < count; c++) {
    const uint32_t slot = s->buckets[c] + node;
    const uint32_t word = slots[slot], past = histories[slot];
    const uint32_t meant = meanings[c * 256 + past];
    const uint32_t n = word & 255;
    s->words[c] = static_cast<int32_t>(word);
    s->past[c] = past;
    s->meant[c] = static_cast<int32_t>(meant);
    s->word_steps[c] = kStepTable.value[n];
    s->meant_steps[c] = kStepTable.value[meant & 255];
    inputs[c] = (kStretch.value[word >> 20] * kConfidence.value[n]) >> 8;
    inputs[lanes + c] = n == 0 ? 0 : kStretch.value[meant >> 20];
  }
}

inline uint32_t Learned(uint32_t model, int32_t target) {
  const uint32_t n = model & 255;
  const int32_t p = static_cast<int32_t>(model >> 10);
  const int32_t next = p + ((((target - p) >> 5) * kStepTable.value[n]) >> 8);
  return static_cast<uint32_t>(next) << 10 | (n < kSlotLimit ? n + 1 : kSlotLimit);
}

// Stores one context's slot anew, from what it holds now: another context that shares it has changed it.
inline void RelearnSlot(ContextSlots* s, uint32_t c, uint32_t slot, int bit, int32_t target) {
  const uint32_t history = s->histories[slot];
  uint32_t* meaning = s->meanings + c * 256 + history;
  if (history != 0) *meaning = Learned(*meaning, target);
  s->slots[slot] = Learned(s->slots[slot], target);
  s->histories[slot] = kNextHistory.value[history * 2 + static_cast<uint32_t>(bit)];
}

// Models after the bit. steps: kStepTable of their counts. Arithmetic is modulo 2^32, so that signs do not
// matter but in the one shift to the right of a probability, where the upper bits that a sign leaves are
// masked.
inline Lanes LearnedLanes(Lanes models, Lanes steps, int32_t target) {
  const Lanes n = models & 255, p = (models >> 10) & 4194303;
  const Lanes next = p + ((((target - p) >> 5) * steps) >> 8);
  return (next << 10) | (n + (n < static_cast<int32_t>(kSlotLimit) ? Lanes{} + 1 : Lanes{}));
}

inline void LearnSlots(ContextSlots* s, uint32_t node, int bit) {
  const int32_t target = bit ? 4194303 : 0;
  const uint32_t count = s->count;
  alignas(32) int32_t words[kMaximumLanes], meanings_after[kMaximumLanes];
  for (uint32_t c = 0; c < count; c += kWidth) {
    Store(words + c, LearnedLanes(Load(s->words + c), Load(s->word_steps + c), target));
    Store(meanings_after + c, LearnedLanes(Load(s->meant + c), Load(s->meant_steps + c), target));
  }
  uint32_t* slots = s->slots;
  uint8_t* histories = s->histories;
  uint32_t* meanings = s->meanings;
  for (uint32_t c = 0; c < count; c++) {
    const uint32_t slot = s->buckets[c] + node;
    const uint32_t word = static_cast<uint32_t>(s->words[c]), past = s->past[c];
    if (slots[slot] != word || histories[slot] != past) {
      RelearnSlot(s, c, slot, bit, target);
      continue;
    }
    slots[slot] = static_cast<uint32_t>(words[c]);
    histories[slot] = kNextHistory.value[past * 2 + static_cast<uint32_t>(bit)];
    meanings[c * 256 + past] = static_cast<uint32_t>(past == 0 ? s->meant[c] : meanings_after[c]);
  }
}

inline int32_t Dot(const int32_t* weights, const int32_t* inputs, uint32_t lanes) {
  Lanes sum = {};
  for (uint32_t i = 0; i < lanes; i += kWidth) sum += (Load(inputs + i) * Load(weights + i)) >> 8;
  int32_t total = 0;
  for (uint32_t i = 0; i < kWidth; i++) total += sum[i];
  return total;
}

// The mean logit; lanes without an input hold 0.
inline int32_t Mix(Mixers* m, const int32_t* inputs, const uint32_t* chosen) {
  int32_t sum = 0;
  for (uint32_t k = 0; k < Mixers::kCount; k++) {
    m->sets[k] = m->weights[k] + static_cast<size_t>(chosen[k]) * m->lanes;
    m->logits[k] = Clamp(Dot(m->sets[k], inputs, m->lanes) >> 8, 2047);
    sum += m->logits[k];
  }
  return (sum * 21845) >> 16;
}

inline void MoveWeights(int32_t* weights, const int32_t* inputs, int32_t error, uint32_t lanes) {
  const Lanes most = Lanes{} + 524287, least = -most;
  for (uint32_t i = 0; i < lanes; i += kWidth) {
    Lanes next = Load(weights + i) + ((Load(inputs + i) * error + 8192) >> 14);
    next = next > most ? most : next;
    Store(weights + i, next < least ? least : next);
  }
}

inline void LearnWeights(Mixers* m, const int32_t* inputs, int bit) {
  for (uint32_t k = 0; k < Mixers::kCount; k++) {
    const int32_t error = (((bit << 16) - kSquash.value[m->logits[k] + 2047]) * m->rate) >> 6;
    MoveWeights(m->sets[k], inputs, error, m->lanes);
  }
}

// Decodes the symbol at `position`, or learns the one that is known.
inline uint32_t DecodeSymbol(ContextModel* model, BinaryDecoder* coder, const uint8_t* data, size_t position,
                             bool known) {
  alignas(32) int32_t inputs[2 * kMaximumLanes] = {};
  ContextSlots* slots = &model->slots;
  model->match.SetSymbol(data, position);
  slots->SetSymbol(data, position, model->match);
  const uint32_t phase = static_cast<uint32_t>(position) % model->period * 4 + model->match.bucket();
  uint32_t chosen[Mixers::kCount] = {1, phase, position == 0 ? 0u : data[position - 1]};
  uint32_t prefix = 1, node = 1;
  for (uint32_t left = model->bits; left > 0; left--) {
    if (left == model->bits || left == 4) {
      FindBuckets(slots, prefix);
      node = 1;
    }
    LoadInputs(slots, node, inputs);
    const int expected = model->match.ExpectedBit(prefix, left);
    model->match.Predict(expected, left, &inputs[slots->count], &inputs[slots->lanes + slots->count]);
    chosen[0] = prefix;
    const int32_t logit = Mix(&model->mixers, inputs, chosen);
    const int bit = known ? data[position] >> (left - 1) & 1 : coder->Decode(kSquash.value[logit + 2047]);
    LearnWeights(&model->mixers, inputs, bit);
    LearnSlots(slots, node, bit);
    model->match.Update(expected, bit, left);
    prefix = prefix << 1 | static_cast<uint32_t>(bit);
    node = node << 1 | static_cast<uint32_t>(bit);
  }
  return prefix & ((1u << model->bits) - 1);
}

// Decodes until `length` symbols are there or more bytes were read than there are.
void DecodeSymbols(ContextModel* model, BinaryDecoder* coder, uint8_t* data, size_t known, size_t length) {
  for (size_t position = 0; position < known; position++) DecodeSymbol(model, coder, data, position, true);
  for (size_t position = known; position < length && !coder->overrun(); position++)
    data[position] = static_cast<uint8_t>(DecodeSymbol(model, coder, data, position, false));
}

}  // namespace
}  // namespace weightfold
