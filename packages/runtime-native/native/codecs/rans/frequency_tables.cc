#include "frequency_tables.h"

#include <cstring>

#include "../../base/cpu.h"
#include "slots.h"

namespace weightfold {
namespace {

constexpr uint32_t kCountContext = 32;
constexpr uint32_t kLevelContext = 33;

// 2^(j/8) in 16.16 fixed point.
constexpr uint64_t kOctave[8] = {65536, 71468, 77936, 84990, 92682, 101070, 110218, 120194};

// With the finest resolution, 8.
constexpr uint32_t kMostLevel = 1 + 12 * 8;

uint64_t Weight(uint32_t level, uint32_t resolution) {
  const uint32_t eighths = (level - 1) * 8 / resolution;
  return kOctave[eighths & 7] << (eighths >> 3);
}

// Symbols up to the last whose level is above 0: small palettes have few.
uint32_t UsedSymbols(const uint8_t levels[256]) {
  uint32_t symbols = 256;
  while (symbols > 1 && levels[symbols - 1] == 0) symbols--;
  return symbols;
}

// Brings the frequencies nearer to their sum at the largest of them, the first of equals: adds what is
// missing, or takes away until another one is as large. Returns what was taken.
int32_t CorrectLargest(int32_t excess, uint32_t symbols, uint32_t* frequency) {
  uint32_t first = 0, next = 0;
  for (uint32_t s = 1; s < symbols; s++) {
    if (frequency[s] > frequency[first]) {
      next = frequency[first];
      first = s;
    } else if (frequency[s] > next) {
      next = frequency[s];
    }
  }
  const int32_t ahead = static_cast<int32_t>(frequency[first] - next);
  const int32_t step = excess < 0 ? excess : ahead < 1 ? 1 : ahead < excess ? ahead : excess;
  frequency[first] = static_cast<uint32_t>(static_cast<int32_t>(frequency[first]) - step);
  return step;
}

}  // namespace

void MakeFrequencies(const uint8_t levels[256], uint32_t resolution, uint32_t total_log2,
                     uint32_t frequency[256]) {
  const uint32_t symbols = UsedSymbols(levels);
  uint32_t counts[kMostLevel + 1] = {};
  for (uint32_t s = 0; s < symbols; s++) counts[levels[s]]++;
  // Many symbols share a level: one division for each level that occurs.
  const uint32_t most = 1 + 12 * resolution;
  uint64_t sum = 0;
  for (uint32_t level = 1; level <= most; level++) {
    if (counts[level] != 0) sum += counts[level] * Weight(level, resolution);
  }
  uint32_t scaled[kMostLevel + 1] = {};
  int32_t excess = -(1 << total_log2);
  for (uint32_t level = 1; level <= most; level++) {
    if (counts[level] == 0) continue;
    const uint64_t share = (Weight(level, resolution) << total_log2) / sum;
    scaled[level] = share == 0 ? 1 : static_cast<uint32_t>(share);
    excess += static_cast<int32_t>(counts[level] * scaled[level]);
  }
  for (uint32_t s = 0; s < symbols; s++) frequency[s] = scaled[levels[s]];
  for (uint32_t s = symbols; s < 256; s++) frequency[s] = 0;
  while (excess != 0) excess -= CorrectLargest(excess, symbols, frequency);
}

void MakeSlots(const uint32_t frequency[256], uint32_t total_log2, uint32_t* slots) {
#if defined(__x86_64__)
  if (CpuFeatures() & kCpuAvx2) return MakeSlotsAvx2(frequency, total_log2, slots);
#endif
  FillSlots<FourSlots>(frequency, total_log2, slots);
}

bool ReadLevels(NumberDecoder* input, uint32_t resolution, bool has_before, uint8_t levels[256]) {
  NumberDecoder numbers = *input;  // a copy, which can stay in registers
  const uint32_t count = numbers.Get(kCountContext) + 1;
  if (count > 256) return false;
  const uint32_t most = 1 + 12 * resolution;
  uint32_t last = 0;
  bool any = false;
  for (uint32_t i = 0; i < count; i++) {
    const uint32_t expected = has_before ? levels[i] : i > 0 ? levels[i - 1] : 0;
    const uint32_t size = last == 0 ? 0 : last < 3 ? 1 : 2;
    last = numbers.Get(kLevelContext + (has_before ? 6 : 0) + (expected == 0 ? 0 : 3) + size);
    const int32_t difference =
        last & 1 ? -static_cast<int32_t>((last + 1) >> 1) : static_cast<int32_t>(last >> 1);
    const int32_t level = static_cast<int32_t>(expected) + difference;
    if (level < 0 || level > static_cast<int32_t>(most)) return false;
    levels[i] = static_cast<uint8_t>(level);
    any |= level > 0;
  }
  std::memset(levels + count, 0, 256 - count);
  *input = numbers;
  return any;
}

}  // namespace weightfold
