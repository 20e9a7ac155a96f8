// Every compiled version of the lanes gives the symbols that were coded, and does the same with noise. With
// --bench: speeds of all versions, in GB of symbols per second of CPU time.
#include <algorithm>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <string>
#include <vector>

#include "../test_random.h"
#include "base/cpu.h"
#include "frequency_tables.h"
#include "lanes.h"
#include "slots.h"
#include "step.h"

namespace {

using namespace weightfold;

struct Version {
  const char* name;
  DecodeRoundsFunction (*choose)(uint32_t lanes);
};

std::vector<Version> Versions() {
  std::vector<Version> versions = {{"scalar", RansRoundsScalar}};
#if defined(__x86_64__)
  if (CpuFeatures() & kCpuAvx2) versions.push_back({"avx2", RansRoundsAvx2});
  if (CpuFeatures() & kCpuAvx512) versions.push_back({"avx512", RansRoundsAvx512});
#endif
  return versions;
}

// A plan with everything that it points to, and symbols that it may code.
struct Example {
  RansPlan plan = {};
  std::vector<uint8_t> row_classes, column_classes;
  std::vector<uint32_t> frequency, slots;
  std::vector<uint8_t> symbols;

  uint32_t Table(size_t i) const {
    if (plan.row_count * plan.column_count == 1) return 0;
    const size_t row = i / plan.row_length, column = i % plan.row_length;
    return (plan.row_count > 1 ? row_classes[row] : 0) * plan.column_count +
           (plan.column_count > 1 ? column_classes[column] : 0);
  }
};

// kind 0: few symbols, one of them frequent; 1: a bell of `spread`; 2: anything.
void MakeTable(uint32_t kind, uint32_t spread, uint32_t* frequency, uint32_t* slots) {
  uint8_t levels[256] = {};
  for (uint32_t s = 0; s < 256; s++) {
    const uint32_t distance = std::min(s, 256 - s);
    if (kind == 0) levels[s] = s < 5 ? 1 + Next() % 40 : 0;
    if (kind == 1) {
      const uint32_t down = distance * distance / spread;
      levels[s] = down < 90 ? static_cast<uint8_t>(95 - down) : 0;
    }
    if (kind == 2) levels[s] = static_cast<uint8_t>(Next() % 97);
  }
  levels[0] = kind == 0 ? 97 : std::max<uint8_t>(levels[0], 1);
  MakeFrequencies(levels, 8, kMostTotalLog2, frequency);
  MakeSlots(frequency, kMostTotalLog2, slots);
}

Example MakeExample(uint32_t lanes, size_t length, uint32_t rows, uint32_t columns, size_t row_length,
                    uint32_t kind) {
  Example e;
  e.plan.lanes = lanes;
  e.plan.row_length = rows * columns == 1 ? 0 : row_length;
  e.plan.row_count = rows;
  e.plan.column_count = columns;
  e.row_classes.assign(length / row_length + 1, 0);
  e.column_classes.assign(row_length, 0);
  for (uint8_t& one : e.row_classes) one = static_cast<uint8_t>(Next() % rows);
  for (uint8_t& one : e.column_classes) one = static_cast<uint8_t>(Next() % columns);
  e.frequency.resize(size_t{rows} * columns * 256);
  e.slots.resize(size_t{rows} * columns * 4096);
  for (size_t t = 0; t < size_t{rows} * columns; t++) {
    MakeTable(kind, 2 + static_cast<uint32_t>(t) * 3 % 20, &e.frequency[t * 256], &e.slots[t * 4096]);
  }
  e.plan.row_classes = e.row_classes.data();
  e.plan.column_classes = e.column_classes.data();
  e.plan.slots = e.slots.data();
  for (size_t i = 0; i < length; i++) {
    e.symbols.push_back(static_cast<uint8_t>(e.slots[size_t{e.Table(i)} * 4096 + Next() % 4096]));
  }
  return e;
}

// Words in reading order; the states are what the decoder begins with.
std::vector<uint8_t> Encode(const Example& e, uint32_t* states) {
  std::vector<uint8_t> bytes;
  std::vector<uint32_t> start(e.frequency.size());
  for (size_t i = 0; i < start.size(); i++) start[i] = i % 256 == 0 ? 0 : start[i - 1] + e.frequency[i - 1];
  for (uint32_t lane = 0; lane < e.plan.lanes; lane++) states[lane] = 65536;
  for (size_t i = e.symbols.size(); i-- > 0;) {
    uint32_t& x = states[i % e.plan.lanes];
    const size_t entry = size_t{e.Table(i)} * 256 + e.symbols[i];
    const uint32_t f = e.frequency[entry];
    if (x >= uint64_t{f} << 20) {
      bytes.push_back(static_cast<uint8_t>(x >> 8));
      bytes.push_back(static_cast<uint8_t>(x));
      x >>= 16;
    }
    x = x / f * 4096 + start[entry] + x % f;
  }
  std::reverse(bytes.begin(), bytes.end());
  return bytes;
}

struct Result {
  bool enough;
  size_t used;
  std::vector<uint8_t> symbols;
  std::vector<uint32_t> states;
  bool operator==(const Result& other) const {
    return enough == other.enough && used == other.used && symbols == other.symbols && states == other.states;
  }
};

Result Decode(DecodeRoundsFunction decode_rounds, const Example& e, const std::vector<uint8_t>& words,
              const uint32_t* states) {
  Result result = {false, 0, std::vector<uint8_t>(e.symbols.size(), 0xa5), {}};
  RansStream stream = {};
  std::copy(states, states + e.plan.lanes, stream.states);
  stream.at = words.data();
  stream.end = words.data() + words.size();
  result.enough = DecodeLanesWith(decode_rounds, e.plan, &stream, result.symbols.data(), e.symbols.size());
  result.used = static_cast<size_t>(stream.at - words.data());
  result.states.assign(stream.states, stream.states + e.plan.lanes);
  return result;
}

int failures = 0;

void Check(bool ok, const std::string& what) {
  if (ok) return;
  failures++;
  std::printf("FAILED: %s\n", what.c_str());
}

// The slots of every symbol follow one another, with offsets from 0 and the symbol's frequency.
void CheckSlots(const Example& e) {
  for (size_t t = 0; t < e.slots.size() / 4096; t++) {
    size_t at = t * 4096;
    for (uint32_t s = 0; s < 256; s++) {
      for (uint32_t i = 0; i < e.frequency[t * 256 + s]; i++, at++) {
        const uint32_t slot = e.slots[at];
        if ((slot & 255) == s && (slot >> 8 & 4095) == i && (slot >> 20) + 1 == e.frequency[t * 256 + s])
          continue;
        return Check(false, "slot " + std::to_string(at) + " is of another symbol");
      }
    }
    Check(at == (t + 1) * 4096, "frequencies add up to 4096");
  }
}

// Four at a time gives the same slots as what the CPU's instruction set does, for tables of every size.
void CheckSlotVersions() {
  for (uint32_t round = 0; round < 200; round++) {
    const uint32_t total_log2 = kFewestTotalLog2 + round % 5;
    uint32_t frequency[256] = {};
    for (uint32_t left = 1u << total_log2; left > 0;) {
      const uint32_t part = std::min<uint32_t>(left, 1 + Next() % (round % 2 == 0 ? 9 : 1000));
      frequency[Next() % 256] += part;
      left -= part;
    }
    std::vector<uint32_t> expected(size_t{1} << total_log2), slots(expected.size() + 1, 7);
    FillSlots<FourSlots>(frequency, total_log2, expected.data());
    MakeSlots(frequency, total_log2, slots.data());
    Check(slots.back() == 7, "nothing is written behind a table");
    slots.pop_back();
    Check(slots == expected, "slots of round " + std::to_string(round));
  }
}

void CheckExample(const Example& e, const std::string& name) {
  CheckSlots(e);
  uint32_t states[kMostRansLanes];
  const std::vector<uint8_t> words = Encode(e, states);
  std::vector<uint8_t> damaged(words.begin(),
                               words.begin() + static_cast<ptrdiff_t>(Next() % (words.size() + 1)));
  for (uint8_t& byte : damaged) byte = Next() % 50 == 0 ? static_cast<uint8_t>(Next()) : byte;
  const Result noise = Decode(RansRoundsScalar(e.plan.lanes), e, damaged, states);
  for (const Version& version : Versions()) {
    const DecodeRoundsFunction decode_rounds = version.choose(e.plan.lanes);
    if (decode_rounds == nullptr) continue;
    const Result result = Decode(decode_rounds, e, words, states);
    const bool exact =
        result.enough && result.used == words.size() &&
        std::all_of(result.states.begin(), result.states.end(), [](uint32_t x) { return x == 65536; });
    Check(exact && result.symbols == e.symbols, name + " with " + version.name);
    Check(Decode(decode_rounds, e, damaged, states) == noise, name + " damaged, with " + version.name);
  }
}

void CheckRandomExamples() {
  for (int round = 0; round < 400; round++) {
    const uint32_t lanes = 1u << Next() % 7, rows = 1 + Next() % 4, columns = 1 + Next() % 4;
    const size_t length = 1 + Next() % 10000, row_length = 1 + Next() % std::min<size_t>(length, 700);
    const Example e = MakeExample(lanes, length, round % 3 == 0 ? 1 : rows, round % 3 == 1 ? 1 : columns,
                                  row_length, Next() % 3);
    CheckExample(e, "round " + std::to_string(round));
  }
}

// A table of one symbol, decoded at once where no state wants a word, must be what symbol by symbol gives.
void CheckConstant() {
  for (uint32_t lanes = 1; lanes <= kMostRansLanes; lanes *= 2) {
    Example e = MakeExample(lanes, 1 + Next() % 3000, 1, 1, 1, 0);
    std::fill(e.frequency.begin(), e.frequency.end(), 0);
    e.frequency[77] = 4096;
    MakeSlots(e.frequency.data(), kMostTotalLog2, e.slots.data());
    for (uint32_t low : {0u, 1u}) {
      RansStream expected = {};
      for (uint32_t lane = 0; lane < lanes; lane++) expected.states[lane] = 65536 + Next() % (1u << 30);
      if (low) expected.states[Next() % lanes] = 1 + Next() % 65535;
      const uint8_t words[] = {1, 2, 3, 4};
      expected.at = words;
      expected.end = words + sizeof(words);
      RansStream stream = expected;
      std::vector<uint8_t> slow(e.symbols.size(), 1), fast(e.symbols.size(), 2);
      const bool enough =
          DecodeLanesWith(RansRoundsScalar(lanes), e.plan, &expected, slow.data(), slow.size());
      const bool same = DecodeLanes(e.plan, &stream, fast.data(), fast.size()) == enough && slow == fast &&
                        stream.at == expected.at &&
                        std::memcmp(stream.states, expected.states, sizeof(stream.states)) == 0;
      Check(same, "one symbol, " + std::to_string(lanes) + " lanes");
    }
  }
}

double Seconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

// The best of some runs.
double GigabytesPerSecond(DecodeRoundsFunction decode_rounds, const Example& e,
                          const std::vector<uint8_t>& words, const uint32_t* states) {
  std::vector<uint8_t> out(e.symbols.size());
  double best = 0;
  for (int run = 0; run < 15; run++) {
    RansStream stream = {};
    std::copy(states, states + e.plan.lanes, stream.states);
    stream.at = words.data();
    stream.end = words.data() + words.size();
    const double began = Seconds();
    DecodeLanesWith(decode_rounds, e.plan, &stream, out.data(), out.size());
    best = std::max(best, static_cast<double>(out.size()) / (Seconds() - began) / 1e9);
  }
  return best;
}

void Bench() {
  std::printf("%-8s %5s %8s %8s %8s   GB/s\n", "version", "lanes", "1 table", "rows", "columns");
  for (uint32_t lanes = 1; lanes <= kMostRansLanes; lanes *= 2) {
    const Example examples[] = {MakeExample(lanes, 4 << 20, 1, 1, 576, 1),
                                MakeExample(lanes, 4 << 20, 8, 1, 576, 1),
                                MakeExample(lanes, 4 << 20, 1, 8, 576, 1)};
    for (const Version& version : Versions()) {
      const DecodeRoundsFunction decode_rounds = version.choose(lanes);
      if (decode_rounds == nullptr) continue;
      std::printf("%-8s %5u", version.name, lanes);
      for (const Example& e : examples) {
        uint32_t states[kMostRansLanes];
        const std::vector<uint8_t> words = Encode(e, states);
        std::printf(" %8.2f", GigabytesPerSecond(decode_rounds, e, words, states));
      }
      std::printf("\n");
    }
  }
  uint32_t frequency[256];
  std::vector<uint32_t> slots(4096);
  for (uint32_t kind = 0; kind < 3; kind++) {
    const double began = Seconds();
    for (int i = 0; i < 20000; i++) MakeTable(kind, 10, frequency, slots.data());
    std::printf("table of kind %u: %.2f us\n", kind, (Seconds() - began) / 20000 * 1e6);
  }
}

}  // namespace

int main(int count, char** arguments) {
  if (count > 1 && std::strcmp(arguments[1], "--bench") == 0) {
    Bench();
    return 0;
  }
  CheckSlotVersions();
  CheckRandomExamples();
  CheckConstant();
  std::printf("%zu versions, %d failures\n", Versions().size(), failures);
  return failures == 0 ? 0 : 1;
}
