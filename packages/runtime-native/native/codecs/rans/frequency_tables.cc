#include "frequency_tables.h"

namespace weightfold {
namespace {

constexpr uint32_t kCountContext = 32;
constexpr uint32_t kLevelContext = 33;

// 2^(j/8) in 16.16 fixed point.
constexpr uint64_t kOctave[8] = {65536, 71468, 77936, 84990, 92682, 101070, 110218, 120194};

}  // namespace

void MakeFrequencies(const uint8_t levels[256], uint32_t resolution, uint32_t total_log2,
                     uint32_t frequency[256]) {
  const uint32_t total = 1u << total_log2;
  uint64_t weights[256];
  uint64_t sum = 0;
  for (int s = 0; s < 256; s++) {
    const uint32_t eighths = levels[s] == 0 ? 0 : (levels[s] - 1u) * 8 / resolution;
    weights[s] = levels[s] == 0 ? 0 : kOctave[eighths & 7] << (eighths >> 3);
    sum += weights[s];
  }
  int32_t excess = -static_cast<int32_t>(total);
  for (int s = 0; s < 256; s++) {
    const uint64_t scaled = weights[s] * total / sum;
    frequency[s] = weights[s] == 0 ? 0 : scaled == 0 ? 1 : static_cast<uint32_t>(scaled);
    excess += static_cast<int32_t>(frequency[s]);
  }
  while (excess != 0) {
    int largest = 0;
    for (int s = 1; s < 256; s++) {
      if (frequency[s] > frequency[largest]) largest = s;
    }
    const int32_t step = excess > 0 ? 1 : excess;
    frequency[largest] = static_cast<uint32_t>(static_cast<int32_t>(frequency[largest]) - step);
    excess -= step;
  }
}

void MakeSlots(const uint32_t frequency[256], uint32_t* slots) {
  uint32_t at = 0;
  for (uint32_t s = 0; s < 256; s++) {
    for (uint32_t i = 0; i < frequency[s]; i++) slots[at++] = s << 24 | (frequency[s] - 1) << 12 | i;
  }
}

bool ReadLevels(NumberDecoder* input, uint32_t resolution, bool has_before, uint8_t levels[256]) {
  const uint32_t count = input->Get(kCountContext) + 1;
  if (count > 256) return false;
  const uint32_t most = 1 + 12 * resolution;
  uint32_t last = 0;
  bool any = false;
  for (uint32_t i = 0; i < 256; i++) {
    if (i >= count) {
      levels[i] = 0;
      continue;
    }
    const uint32_t expected = has_before ? levels[i] : i > 0 ? levels[i - 1] : 0;
    const uint32_t size = last == 0 ? 0 : last < 3 ? 1 : 2;
    last = input->Get(kLevelContext + (has_before ? 6 : 0) + (expected == 0 ? 0 : 3) + size);
    const int32_t difference =
        last & 1 ? -static_cast<int32_t>((last + 1) >> 1) : static_cast<int32_t>(last >> 1);
    const int32_t level = static_cast<int32_t>(expected) + difference;
    if (level < 0 || level > static_cast<int32_t>(most)) return false;
    levels[i] = static_cast<uint8_t>(level);
    any |= level > 0;
  }
  return any;
}

}  // namespace weightfold
