#include "parameters.h"

#include "../common/adaptive.h"
#include "half_octave.h"

namespace weightfold {
namespace {

constexpr uint64_t kMaximumLines = 65536;
constexpr uint64_t kMaximumStates = uint64_t{1} << 22;
constexpr uint32_t kFixedValues = 1 + 256 + kAverageClasses * kAverageClasses +
                                  kSignedClasses * kSignedClasses + kLeastClasses + kFineClasses;
constexpr uint32_t kMargin = 2048;
constexpr int32_t kLargestLevel = 15;
constexpr uint32_t kUnaryStates = 4;
constexpr uint32_t kStateLimit = 1000;

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

// Nodes of [low, high), numbered before their children. Recursion ends: every part is smaller than the whole,
// which has at most 256 ranks.
int16_t Build(const uint32_t* sums, uint32_t low, uint32_t high, uint32_t depth, DecisionTree* tree) {
  if (high - low == 1) {
    if (depth > tree->depth) tree->depth = depth;
    return static_cast<int16_t>(-1 - static_cast<int32_t>(low));
  }
  const uint32_t node = tree->nodes++;
  const uint32_t split = SplitOf(sums, low, high);
  const uint64_t upper = uint64_t{sums[high] - sums[split]} * 4194303 / (sums[high] - sums[low]);
  tree->initial[node] = static_cast<int32_t>(upper < kMargin             ? kMargin
                                             : upper > 4194303 - kMargin ? 4194303 - kMargin
                                                                         : upper);
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
  p->nonzero_mean = static_cast<int32_t>(256 * weighted / (sums[p->largest + 1] - sums[1]));
  p->tree.nodes = p->tree.depth = 0;
  Build(sums, 0, p->largest + 1, 0, &p->tree);
}

// A number as so many ones and a zero, each with the probability that bits at its place had.
uint32_t DecodeUnary(BinaryDecoder* coder, uint32_t* states) {
  constexpr uint32_t kLongest = 2 * kLargestLevel + 1;
  uint32_t count = 0;
  while (count < kLongest) {
    uint32_t* state = states + (count < kUnaryStates ? count : kUnaryStates - 1);
    const int bit = coder->Decode(Probability16(*state));
    *state = Updated(*state, bit, kStateLimit);
    if (!bit) break;
    count++;
  }
  return count;
}

// Geometry of dimensions, the innermost first; those that are not there are 1.
void SetGeometry(const uint32_t* dimensions, uint32_t count, uint32_t length, WeightParameters* p) {
  const uint32_t plane = dimensions[0] * dimensions[1];
  p->columns = dimensions[0];
  p->row_length = count == 0 ? length : plane * dimensions[2];
  p->distances[0] = count < 2 ? 1 : dimensions[0];
  p->distances[1] = count < 2 ? (length < 2 ? length : 2) : plane;
}

bool ReadGeometry(Reader* reader, uint32_t count, size_t length, WeightParameters* p, DecodeError* error) {
  const uint64_t at = reader->offset();
  uint32_t dimensions[3] = {1, 1, 1};
  uint64_t most = length;
  for (uint32_t d = 0; d < count; d++) {
    uint64_t dimension;
    if (!reader->Bounded("dimension", 1, most, &dimension)) return false;
    dimensions[d] = static_cast<uint32_t>(dimension);
    most /= dimension;
  }
  if (length == 0) return Fail(error, "DAMAGED", at, "expected weights but received a block of no bytes");
  SetGeometry(dimensions, count, static_cast<uint32_t>(length), p);
  const uint64_t rows = (length - 1) / p->row_length + 1;
  if (rows > kMaximumLines || p->columns > kMaximumLines) {
    return Fail(error, "DAMAGED", at, "expected at most 65536 rows and columns but received %llu and %u",
                static_cast<unsigned long long>(rows), p->columns);
  }
  p->rows = static_cast<uint32_t>(rows);
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
  const bool has_center = (head & 8) != 0;
  if (head > 63 || ((p->extremes || has_center) && !p->bytes)) {
    return Fail(
        error, "DAMAGED", at,
        "expected flags below 64, extremes and center only of bytes, for weights header but received %u",
        head);
  }
  if (has_center && !reader->U8("center", &p->center)) return false;
  if (!ReadGeometry(reader, head >> 4, length, p, error)) return false;
  if (!reader->BoundedU8("largest rank", 1, p->extremes ? kExtremeRank - 1 : 255, &p->largest)) return false;
  const uint64_t states = uint64_t{p->context_values} * p->largest;
  if (states > kMaximumStates) {
    return Fail(error, "DAMAGED", at, "expected at most %llu for states of all contexts but received %llu",
                static_cast<unsigned long long>(kMaximumStates), static_cast<unsigned long long>(states));
  }
  return true;
}

bool ReadWeightLevels(BinaryDecoder* coder, uint64_t offset, WeightParameters* p, DecodeError* error) {
  const uint32_t count = HalfOctave((p->largest + 1) >> 1) + 1;
  uint32_t states[kUnaryStates];
  for (uint32_t& state : states) state = kFreshModel;
  int32_t level = 0;
  for (uint32_t i = 0; i < count; i++) {
    const int32_t code = static_cast<int32_t>(DecodeUnary(coder, states));
    level += code & 1 ? -((code + 1) >> 1) : code >> 1;
    if (level < 0 || level > kLargestLevel) {
      return Fail(error, "DAMAGED", offset, "expected 0 to %d for levels but received %d", kLargestLevel,
                  level);
    }
    p->levels[i] = static_cast<uint8_t>(level);
  }
  MakeTree(p);
  return true;
}

}  // namespace weightfold
