// What the weights model does for each symbol and decision. Included once per instruction set (scalar.cc,
// x86_avx2.cc) so that all of them compute the same: the arithmetic is integer arithmetic. Everything is in
// an unnamed namespace, or the linker would keep the copy for a newer CPU for all.
#include <cstring>

#include "../common/adaptive.h"
#include "half_octave.h"
#include "model.h"

namespace weightfold {
namespace {

constexpr uint32_t kCountLimit = 1000;
constexpr uint8_t kMostSeen = 61;

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

struct SignedClasses {
  uint8_t value[256];
  constexpr SignedClasses() : value() {
    for (uint32_t rank = 0; rank < 256; rank++) {
      const uint32_t magnitude = (rank + 1) >> 1;
      uint32_t octave = 0;
      while (magnitude >> (octave + 1) != 0) octave++;
      const uint32_t half = magnitude < 4 ? magnitude : 2 * octave + (magnitude >> (octave - 1) & 1);
      value[rank] = static_cast<uint8_t>(2 * half + (rank & 1));
    }
  }
};
constexpr SignedClasses kSignedClass;

inline uint32_t AverageClass(const Averages& averages, uint32_t line) {
  return HalfOctave(static_cast<uint32_t>(averages.values[line]) >> 4);
}

inline void AddToAverage(const Averages& averages, uint32_t line, int32_t magnitude) {
  const uint8_t seen = averages.seen[line];
  averages.values[line] += (magnitude * 256 - averages.values[line]) / (seen + 3);
  averages.seen[line] = seen < kMostSeen ? static_cast<uint8_t>(seen + 1) : seen;
}

// Where a symbol stands; counted on, since divisions are slow.
struct Place {
  uint32_t position, row, column, in_row;

  void Next(const WeightParameters& p) {
    position++;
    if (++column == p.columns) column = 0;
    if (++in_row == p.row_length) {
      in_row = 0;
      row++;
    }
  }
};

// The states of each context at node 0.
struct ContextRows {
  uint32_t* of[kWeightContexts];
};

inline uint32_t* StatesOf(WeightModel* model, uint32_t value) {
  const uint32_t nodes = model->parameters->tree.nodes;
  uint32_t* states = model->states + static_cast<size_t>(value) * nodes;
  if (!model->ready[value]) {
    model->ready[value] = 1;
    std::memcpy(states, model->initial, nodes * sizeof(uint32_t));
  }
  return states;
}

inline uint32_t Before(const uint8_t* ranks, uint32_t position, uint32_t distance) {
  return distance > position ? 0 : ranks[position - distance];
}

inline uint32_t Magnitude(uint32_t rank) { return (rank + 1) >> 1; }

inline uint32_t ChannelOf(const WeightParameters& p, const Place& place) {
  return p.channels_are_columns ? place.column : place.row;
}

inline void FindContexts(WeightModel* model, const uint8_t* ranks, const Place& place, ContextRows* rows) {
  const WeightParameters& p = *model->parameters;
  const uint32_t channel = ChannelOf(p, place);
  const uint32_t first = Before(ranks, place.position, p.distances[0]);
  const uint32_t second = Before(ranks, place.position, p.distances[1]);
  const uint32_t averages =
      AverageClass(model->rows, place.row) * kAverageClasses + AverageClass(model->columns, place.column);
  const uint32_t pair = kSignedClass.value[first] * kSignedClasses + kSignedClass.value[second];
  uint32_t base = 1;
  rows->of[0] = StatesOf(model, 0);
  rows->of[1] = StatesOf(model, base + Before(ranks, place.position, p.row_length));
  rows->of[2] = StatesOf(model, (base += 256) + averages);
  rows->of[3] = StatesOf(model, (base += kAverageClasses * kAverageClasses) + pair);
  rows->of[4] =
      StatesOf(model, (base += kSignedClasses * kSignedClasses) + ((model->least[channel] + 1u) >> 1));
  const uint32_t nonzero = EighthOctave(static_cast<uint32_t>(model->nonzero.values[channel]) >> 4);
  rows->of[5] = StatesOf(model, (base += kLeastClasses) + nonzero);
  rows->of[6] = StatesOf(model, (base += kFineClasses) + place.row);
  rows->of[7] = StatesOf(model, base + p.rows + place.column);
}

inline int32_t Sum(Lanes lanes) {
  int32_t total = 0;
  for (uint32_t i = 0; i < kWidth; i++) total += lanes[i];
  return total;
}

// The logit of a mixer.
inline int32_t Mixed(const int32_t* weights, const int32_t* inputs) {
  Lanes sum = {};
  for (uint32_t i = 0; i < kWeightContexts; i += kWidth) sum += (Load(inputs + i) * Load(weights + i)) >> 8;
  return Clamp(Sum(sum) >> 8, 2047);
}

inline void MoveWeights(int32_t* weights, const int32_t* inputs, int32_t error) {
  const Lanes most = Lanes{} + 524287, least = -most;
  for (uint32_t i = 0; i < kWeightContexts; i += kWidth) {
    Lanes next = Load(weights + i) + ((Load(inputs + i) * error + 8192) >> 14);
    next = next > most ? most : next;
    Store(weights + i, next < least ? least : next);
  }
}

// States after a bit. Signs do not matter modulo 2^32 but in the shift to the right, where the upper bits
// that a sign leaves are masked.
inline void MoveStates(const int32_t* words, const int32_t* steps, int32_t target, int32_t* moved) {
  for (uint32_t i = 0; i < kWeightContexts; i += kWidth) {
    const Lanes states = Load(words + i), n = states & 1023, p = (states >> 10) & 4194303;
    const Lanes next = p + ((((target - p) >> 5) * Load(steps + i)) >> 8);
    Store(moved + i, (next << 10) | (n + (n < static_cast<int32_t>(kCountLimit) ? Lanes{} + 1 : Lanes{})));
  }
}

inline int DecodeDecision(WeightModel* model, BinaryDecoder* coder, const ContextRows& rows, uint32_t node,
                          int32_t rate) {
  alignas(32) int32_t words[kWeightContexts], inputs[kWeightContexts], steps[kWeightContexts];
  for (uint32_t c = 0; c < kWeightContexts; c++) {
    const uint32_t word = rows.of[c][node];
    words[c] = static_cast<int32_t>(word);
    inputs[c] = kStretch.value[word >> 20];
    steps[c] = kSteps.value[word & 1023];
  }
  int32_t* weights = model->by_node + node * kWeightContexts;
  const int32_t by_node = Mixed(weights, inputs), common = Mixed(model->common, inputs);
  const int bit = coder->Decode(kSquash.value[((by_node + common) >> 1) + 2047]);
  MoveWeights(weights, inputs, (((bit << 16) - kSquash.value[by_node + 2047]) * rate) >> 6);
  MoveWeights(model->common, inputs, (((bit << 16) - kSquash.value[common + 2047]) * rate) >> 6);
  alignas(32) int32_t moved[kWeightContexts];
  MoveStates(words, steps, bit ? 4194303 : 0, moved);
  for (uint32_t c = 0; c < kWeightContexts; c++) rows.of[c][node] = static_cast<uint32_t>(moved[c]);
  return bit;
}

inline int DecodeState(BinaryDecoder* coder, uint32_t* state) {
  const int bit = coder->Decode(Probability16(*state));
  *state = Updated(*state, bit, kCountLimit);
  return bit;
}

// The rank of an extreme, or -1.
inline int32_t DecodeExtreme(WeightModel* model, BinaryDecoder* coder, const Place& place, size_t length) {
  const WeightParameters& p = *model->parameters;
  const uint32_t channel = ChannelOf(p, place);
  uint32_t context = 0;
  if (!model->found[channel]) {
    const uint32_t rest = static_cast<uint32_t>(length) - place.position;
    const uint32_t left = p.channels_are_columns ? (rest - 1) / p.columns + 1 : p.row_length - place.in_row;
    context = left <= 16 ? left : HalfOctave(left) + 9;
  }
  if (!DecodeState(coder, &model->extreme_states[context])) return -1;
  model->found[channel] = 1;
  return static_cast<int32_t>(kExtremeRank) + DecodeState(coder, &model->sign_state);
}

inline uint32_t DecodeInTree(WeightModel* model, BinaryDecoder* coder, const uint8_t* ranks,
                             const Place& place) {
  ContextRows rows;
  FindContexts(model, ranks, place, &rows);
  const int32_t rate = 55 + static_cast<int32_t>(70400 / (256 + place.position));
  int32_t node = 0;
  do {
    const int bit = DecodeDecision(model, coder, rows, static_cast<uint32_t>(node), rate);
    node = model->parameters->tree.next[2 * node + bit];
  } while (node >= 0);
  return static_cast<uint32_t>(-1 - node);
}

// is_extreme: whether the rank was told before the tree.
inline void Learn(WeightModel* model, const Place& place, uint32_t rank, bool is_extreme) {
  const uint32_t magnitude = Magnitude(rank), channel = ChannelOf(*model->parameters, place);
  AddToAverage(model->rows, place.row, static_cast<int32_t>(magnitude));
  AddToAverage(model->columns, place.column, static_cast<int32_t>(magnitude));
  if (rank == 0 || is_extreme) return;
  AddToAverage(model->nonzero, channel, static_cast<int32_t>(magnitude));
  uint8_t* least = &model->least[channel];
  if (*least == 0 || magnitude < *least) *least = static_cast<uint8_t>(magnitude);
}

void DecodeRanks(WeightModel* model, BinaryDecoder* coder, uint8_t* ranks, size_t length) {
  Place place = {};
  const WeightParameters& p = *model->parameters;
  while (place.position < length && !coder->overrun()) {
    const int32_t extreme = p.extremes ? DecodeExtreme(model, coder, place, length) : -1;
    const uint32_t rank =
        extreme < 0 ? DecodeInTree(model, coder, ranks, place) : static_cast<uint32_t>(extreme);
    ranks[place.position] = static_cast<uint8_t>(rank);
    Learn(model, place, rank, extreme >= 0);
    place.Next(p);
  }
}

}  // namespace
}  // namespace weightfold
