#include "model.h"

#include <cstring>

namespace weightfold {
namespace {

constexpr int32_t kInitialWeight = 6554;
constexpr uint32_t kBytesCount = 10, kRanksCount = 4;
constexpr uint32_t kExactLeft = 16;

bool InitAverages(Averages* averages, uint32_t lines, int32_t mean, Scratch* scratch) {
  averages->values = scratch->Take<int32_t>(lines);
  averages->seen = scratch->Take<uint8_t>(lines);
  if (averages->values == nullptr || averages->seen == nullptr) return false;
  for (uint32_t i = 0; i < lines; i++) averages->values[i] = mean;
  std::memset(averages->seen, 0, lines);
  return true;
}

// The shortest rest of a channel that has this context (spec.md, "Extremes").
uint32_t ShortestLeft(uint32_t context) {
  if (context <= kExactLeft) return context;
  const uint32_t octave = (context - 9) / 2;
  return (1u << octave) + ((context - 9) & 1) * (1u << (octave - 1));
}

uint32_t InitialExtreme(uint32_t context) {
  if (context == 0) return 12582u << 10 | 10;
  if (context == 1) return 4110417u << 10 | 20;
  return (context <= kExactLeft ? 4194303u : 3495253u) / ShortestLeft(context) << 10 | 20;
}

}  // namespace

size_t WeightModel::ScratchSize(const WeightParameters& with) {
  constexpr size_t kParts = 11;
  const size_t nodes = with.largest;
  const size_t channels = with.channels_are_columns ? with.columns : with.rows;
  const size_t per_line = sizeof(int32_t) + 1;
  return size_t{with.context_values} * (nodes * sizeof(uint32_t) + 1) +
         nodes * kWeightContexts * sizeof(int32_t) + 2 * channels +
         per_line * (size_t{with.rows} + with.columns + channels) + kParts * 64;
}

bool WeightModel::Init(const WeightParameters* with, Scratch* scratch) {
  parameters = with;
  const uint32_t nodes = with->tree.nodes;
  const uint32_t channels = with->channels_are_columns ? with->columns : with->rows;
  states = scratch->Take<uint32_t>(size_t{with->context_values} * nodes);
  ready = scratch->Take<uint8_t>(with->context_values);
  by_node = scratch->Take<int32_t>(size_t{nodes} * kWeightContexts);
  found = scratch->Take<uint8_t>(channels);
  least = scratch->Take<uint8_t>(channels);
  if (states == nullptr || ready == nullptr || by_node == nullptr || found == nullptr || least == nullptr)
    return false;
  if (!InitAverages(&rows, with->rows, with->mean, scratch)) return false;
  if (!InitAverages(&columns, with->columns, with->mean, scratch)) return false;
  if (!InitAverages(&nonzero, channels, with->nonzero_mean, scratch)) return false;
  std::memset(ready, 0, with->context_values);
  std::memset(found, 0, channels);
  std::memset(least, 0, channels);
  for (uint32_t i = 0; i < nodes * kWeightContexts; i++) by_node[i] = kInitialWeight;
  for (int32_t& weight : common) weight = kInitialWeight;
  const uint32_t count = with->bytes ? kBytesCount : kRanksCount;
  for (uint32_t k = 0; k < nodes; k++)
    initial[k] = static_cast<uint32_t>(with->tree.initial[k]) << 10 | count;
  for (uint32_t c = 0; c < kExtremeStates; c++) extreme_states[c] = InitialExtreme(c);
  sign_state = kFreshModel;
  return true;
}

}  // namespace weightfold
