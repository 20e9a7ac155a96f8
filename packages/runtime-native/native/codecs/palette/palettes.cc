#include "palettes.h"

#include "../codec.h"
#include "../common/binary_decoder.h"
#include "../rans/tokens.h"

namespace weightfold {
namespace {

// Contexts of numbers, or of tokens.
constexpr uint32_t kContexts = 20;
constexpr uint32_t kMaximumTables = 16;
constexpr uint32_t kTokenTotalLog2 = 10;

// Tokens in place of numbers: some contexts share a table.
class TokenSteps {
 public:
  TokenSteps(const TokenDecoder& decoder, const uint8_t* tables) : decoder_(decoder), tables_(tables) {}
  uint32_t Get(uint32_t context) { return decoder_.Get(tables_[context]); }
  bool exact() const { return decoder_.exact(); }

 private:
  TokenDecoder decoder_;
  const uint8_t* tables_;
};

template <typename Input>
bool ReadSteps(Input* input, uint32_t side, uint32_t* steps_left, PaletteSteps* steps) {
  steps->count = input->Get(side);
  if (steps->count > kMostSteps || steps->count > *steps_left) return false;
  *steps_left -= steps->count;
  uint32_t step = 0;
  for (uint32_t index = 0; index < steps->count; index++) {
    step += input->Get(2 + side * 9 + (index < 8 ? index : 8)) + 1;
    if (step > kMostSteps) return false;
    steps->step[index] = static_cast<uint8_t>(step);
  }
  return true;
}

template <typename Input>
bool ReadAll(Input* input, uint32_t center, uint32_t steps_left, Palettes* palettes) {
  uint32_t used = 0;
  PaletteSteps above = {}, below = {};
  for (size_t c = 0; c < palettes->count; c++) {
    if (!ReadSteps(input, 0, &steps_left, &above) || !ReadSteps(input, 1, &steps_left, &below)) return false;
    const uint32_t last = WritePaletteTable(above, below, center, palettes->entries + used);
    palettes->channels[c] = {used, last};
    used += last + 1;
  }
  return input->exact();
}

// Reads which table each context uses, and the tables.
bool ReadTokenTables(Bytes side, uint32_t tables, uint32_t resolution, uint32_t* models, uint8_t* table_of,
                     uint32_t* slots, DecodeError* error) {
  NumberDecoder input(side, models, kTableNumberContexts);
  if (!ReadClasses(&input, table_of, kContexts, tables, 0, side.offset, error)) return false;
  uint8_t levels[256];
  uint32_t frequency[256];
  for (uint32_t t = 0; t < tables; t++) {
    if (!ReadLevels(&input, resolution, t > 0, levels)) {
      return Fail(error, "DAMAGED", side.offset,
                  "expected levels in range, one above 0, for palette table %u", t);
    }
    MakeFrequencies(levels, resolution, kTokenTotalLog2, frequency);
    MakeSlots(frequency, kTokenTotalLog2, slots + (t << kTokenTotalLog2));
  }
  if (input.exact()) return true;
  return Fail(error, "DAMAGED", side.offset, "expected all bytes to be used for tables of palettes");
}

bool ReadTokens(Bytes bytes, uint32_t center, uint32_t steps, Scratch scratch, Palettes* palettes, bool* good,
                DecodeError* error) {
  Reader reader(bytes, error);
  uint32_t head = 0;
  uint64_t size = 0;
  Bytes side = {};
  if (!reader.BoundedU8("tables of palettes", 0, 63, &head)) return false;
  const uint32_t tables = (head & 15) + 1;
  if (!reader.Varint("length of tables of palettes", &size) ||
      !reader.Take(size, "tables of palettes", &side))
    return false;
  uint8_t table_of[kContexts];
  uint32_t* slots = scratch.Take<uint32_t>(static_cast<size_t>(tables) << kTokenTotalLog2);
  uint32_t* models = scratch.Take<uint32_t>(kTableNumberContexts * NumberDecoder::kModelsPerContext);
  if (slots == nullptr || models == nullptr) return OutOfScratch(error, bytes.offset);
  if (!ReadTokenTables(side, tables, 1u << (head >> 4), models, table_of, slots, error)) return false;
  TokenSteps input(TokenDecoder(reader.Rest(), slots, kTokenTotalLog2), table_of);
  *good = ReadAll(&input, center, steps, palettes);
  return true;
}

// The center twice, and a step above may leave a gap below or the other way round.
size_t EntriesSize(size_t count, uint32_t steps) { return 2 * (count + steps) + kPalettePadding; }

}  // namespace

// Ranks 1, 3, 5 ... are above the center, 2, 4, 6 ... below. Those without a step, and those behind the last,
// are the center. Returns the last rank of the table.
uint32_t WritePaletteTable(const PaletteSteps& above, const PaletteSteps& below, uint32_t center,
                           uint8_t* entries) {
  const uint32_t most = above.count > below.count ? above.count : below.count;
  entries[0] = static_cast<uint8_t>(center);
  for (uint32_t i = 0; i < most; i++) {
    entries[2 * i + 1] = static_cast<uint8_t>(i < above.count ? center + above.step[i] : center);
    entries[2 * i + 2] = static_cast<uint8_t>(i < below.count ? center - below.step[i] : center);
  }
  const uint32_t behind = above.count > below.count ? 2 * most : 2 * most + 1;
  entries[behind] = static_cast<uint8_t>(center);
  return behind < 255 ? behind : 255;
}

PaletteMemory PalettesScratch(size_t count, uint32_t steps, PaletteForm form) {
  constexpr size_t kAlign = 64;
  const size_t kept = count * sizeof(Palette) + EntriesSize(count, steps) + 2 * kAlign;
  if (form == kShared) return {kept, SharedPalettesScratch(count, steps)};
  const bool tokens = form == kTokens;
  const size_t contexts = tokens ? kTableNumberContexts : kContexts;
  const size_t models = contexts * NumberDecoder::kModelsPerContext * sizeof(uint32_t) + kAlign;
  const size_t slots = tokens ? (size_t{kMaximumTables} << kTokenTotalLog2) * sizeof(uint32_t) + kAlign : 0;
  return {kept, models + slots};
}

bool ReadPalettes(Bytes side, PaletteForm form, uint32_t center, size_t count, uint32_t steps,
                  Scratch* scratch, Palettes* palettes, DecodeError* error) {
  *palettes = {scratch->Take<Palette>(count), count, scratch->Take<uint8_t>(EntriesSize(count, steps))};
  if (palettes->channels == nullptr || palettes->entries == nullptr) return OutOfScratch(error, side.offset);
  Scratch rest = *scratch;  // not needed any more when the inner codec runs
  bool good = false;
  if (form == kTokens) {
    if (!ReadTokens(side, center, steps, rest, palettes, &good, error)) return false;
  } else if (form == kShared) {
    if (!ReadSharedPalettes(side, center, steps, rest, palettes, &good, error)) return false;
  } else {
    uint32_t* models = rest.Take<uint32_t>(kContexts * NumberDecoder::kModelsPerContext);
    if (models == nullptr) return OutOfScratch(error, side.offset);
    NumberDecoder input(side, models, kContexts);
    good = ReadAll(&input, center, steps, palettes);
  }
  if (good) return true;
  return Fail(error, "DAMAGED", side.offset,
              "expected steps up to 128, at most %u of them, and all bytes to be used for palettes", steps);
}

}  // namespace weightfold
