#include "parameters.h"

#include "half_octave.h"

namespace weightfold {
namespace {

constexpr uint64_t kMaximumLines = 65536;
constexpr uint64_t kMaximumStates = uint64_t{1} << 22;
constexpr uint32_t kFixedValues =
    1 + 256 + 256 + kAverageClasses * kAverageClasses + kSumClasses + kSignedClasses * kSignedClasses;
constexpr uint32_t kMargin = 2048;

uint32_t WeightOf(const WeightParameters& p, uint32_t rank) {
  return 1u << (15 - p.levels[HalfOctave((rank + 1) >> 1)]);
}

// Where [low, high) is cut. sums[r]: weights of all ranks below r.
uint32_t SplitOf(const uint32_t* sums, uint32_t low, uint32_t high) {
  uint32_t best = low + 1;
  if (high - low == 2) return best;
  uint32_t least = UINT32_MAX;
  for (uint32_t split = (low + 1) | 1; split < high; split += 2) {
    const uint32_t twice = 2 * sums[split], ends = sums[low] + sums[high];
    const uint32_t difference = twice > ends ? twice - ends : ends - twice;
    if (difference >= least) continue;
    best = split;
    least = difference;
  }
  return best;
}

// Nodes of [low, high), numbered before their children. Recursion ends: every part is smaller than the whole, which has at most
// 256 ranks.
int16_t Build(const uint32_t* sums, uint32_t low, uint32_t high, uint32_t depth, DecisionTree* tree) {
  if (high - low == 1) {
    if (depth > tree->depth) tree->depth = depth;
    return static_cast<int16_t>(-1 - static_cast<int32_t>(low));
  }
  const uint32_t node = tree->nodes++;
  const uint32_t split = SplitOf(sums, low, high);
  const uint64_t upper = uint64_t{sums[high] - sums[split]} * 4194303 / (sums[high] - sums[low]);
  tree->initial[node] =
      static_cast<int32_t>(upper < kMargin ? kMargin : upper > 4194303 - kMargin ? 4194303 - kMargin : upper);
  tree->next[2 * node] = Build(sums, low, split, depth + 1, tree);
  tree->next[2 * node + 1] = Build(sums, split, high, depth + 1, tree);
  return static_cast<int16_t>(node);
}

void MakeTree(WeightParameters* p) {
  uint32_t sums[257] = {};
  uint64_t weighted = 0;
  for (uint32_t rank = 0; rank <= p->largest; rank++) {
    const uint32_t weight = WeightOf(*p, rank);
    sums[rank + 1] = sums[rank] + weight;
    weighted += uint64_t{weight} * ((rank + 1) >> 1);
  }
  p->mean = static_cast<int32_t>(256 * weighted / sums[p->largest + 1]);
  p->tree.nodes = p->tree.depth = 0;
  Build(sums, 0, p->largest + 1, 0, &p->tree);
}

bool ReadLevels(Reader* reader, WeightParameters* p, DecodeError* error) {
  const uint32_t count = HalfOctave((p->largest + 1) >> 1) + 1;
  for (uint32_t i = 0; i < count; i += 2) {
    uint32_t pair;
    if (!reader->U8("levels", &pair)) return false;
    p->levels[i] = pair & 15;
    p->levels[i + 1] = static_cast<uint8_t>(pair >> 4);
    if (i + 1 == count && pair > 15) {
      return Fail(error, "DAMAGED", reader->offset(), "expected below 16 for the last level but received %u",
                  pair);
    }
  }
  return true;
}

bool ReadGeometry(Reader* reader, size_t length, WeightParameters* p, DecodeError* error) {
  const uint64_t at = reader->offset();
  uint64_t columns, row_length, first, second;
  if (!reader->Bounded("columns", 1, length, &columns)) return false;
  if (!reader->Bounded("row length", 1, length, &row_length)) return false;
  if (!reader->Bounded("first distance", 1, length, &first)) return false;
  if (!reader->Bounded("second distance", 1, length, &second)) return false;
  const uint64_t rows = (length + row_length - 1) / row_length;
  if (rows > kMaximumLines || columns > kMaximumLines) {
    return Fail(error, "DAMAGED", at, "expected at most 65536 rows and columns but received %llu and %llu",
                static_cast<unsigned long long>(rows), static_cast<unsigned long long>(columns));
  }
  p->columns = static_cast<uint32_t>(columns);
  p->row_length = static_cast<uint32_t>(row_length);
  p->rows = static_cast<uint32_t>(rows);
  p->distances[0] = static_cast<uint32_t>(first);
  p->distances[1] = static_cast<uint32_t>(second);
  p->context_values = kFixedValues + p->rows + p->columns;
  return true;
}

}  // namespace

bool ReadWeightParameters(Reader* reader, size_t length, WeightParameters* p, DecodeError* error) {
  const uint64_t at = reader->offset();
  uint32_t head;
  if (!reader->U8("weights header", &head)) return false;
  p->bytes = (head & 1) != 0;
  p->extremes = (head & 2) != 0;
  p->channels_are_columns = (head & 4) != 0;
  p->center = 0;
  if (head > 7 || (p->extremes && !p->bytes)) {
    return Fail(error, "DAMAGED", at,
                "expected flags below 8, extremes only of bytes, for weights header but received %u", head);
  }
  if (p->bytes && !reader->U8("center", &p->center)) return false;
  if (!ReadGeometry(reader, length, p, error)) return false;
  if (!reader->BoundedU8("largest rank", 1, p->extremes ? kExtremeRank - 1 : 255, &p->largest)) return false;
  if (!ReadLevels(reader, p, error)) return false;
  const uint64_t states = uint64_t{p->context_values} * p->largest;
  if (states > kMaximumStates) {
    return Fail(error, "DAMAGED", at, "expected at most %llu for states of all contexts but received %llu",
                static_cast<unsigned long long>(kMaximumStates), static_cast<unsigned long long>(states));
  }
  MakeTree(p);
  return true;
}

}  // namespace weightfold
