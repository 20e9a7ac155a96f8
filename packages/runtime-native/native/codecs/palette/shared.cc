// Shared palettes: each palette once, new ones as differences from what earlier ones let expect (spec.md,
// "Shared").
#include <cstring>

#include "../codec.h"
#include "../common/binary_decoder.h"
#include "palettes.h"

namespace weightfold {
namespace {

constexpr uint32_t kContexts = 40;
constexpr uint32_t kGapContext = 4, kDifferenceContext = 22;
constexpr uint32_t kCounts = kMostSteps + 1;

// A channel's outermost step in 1/16 when it is quantized by its largest magnitude.
constexpr int32_t kOutermost = 127 * 16;

struct MadePalette {
  Palette table;
  // Its first step in `expected`.
  uint32_t first;
};

// The palette with the most steps, the first of equals.
struct Fullest {
  uint32_t above, below;
  // Its first step in `expected`.
  uint32_t first;
};

struct SharedReader {
  NumberDecoder* input;
  MadePalette* made;
  uint32_t made_count;
  // 1 + the last palette with these numbers of steps, 0 for none.
  uint32_t* last;
  // What steps of a palette to come are expected to be after each one, in 1/16.
  int16_t* expected;
  uint32_t steps_used;
  uint32_t steps_most;
  Fullest fullest;
};

// What the steps of both sides are expected to be, in 1/16; null without a palette that is like the new one.
struct Reference {
  const int16_t* above;
  const int16_t* below;
  // Whether it is of palettes with the same numbers of steps, which new ones go on.
  bool alike;
};

// A step above `before` from its difference z to the expected one.
uint32_t FromDifference(uint32_t z, uint32_t before, int32_t reference) {
  const uint32_t least = before + 1;
  const int32_t rounded = (reference + 8) >> 4;
  const uint32_t expected = rounded > static_cast<int32_t>(least) ? static_cast<uint32_t>(rounded) : least;
  const uint32_t room = expected - least;
  if (z > 2 * room) return expected + z - room;
  return z & 1 ? expected + (z + 1) / 2 : expected - z / 2;
}

// The innermost steps of the fullest palette, multiplied so that the largest of them becomes 127.
// scaled: room for the steps of both sides.
Reference Scaled(const SharedReader& reader, uint32_t above, uint32_t below, int16_t* scaled) {
  const Fullest& from = reader.fullest;
  if (above + below == 0 || above > from.above || below > from.below) return {};
  const int16_t* up = reader.expected + from.first;
  const int16_t* down = up + from.above;
  int32_t most = above == 0 ? 0 : up[above - 1];
  if (below != 0 && down[below - 1] > most) most = down[below - 1];
  for (uint32_t i = 0; i < above; i++) scaled[i] = static_cast<int16_t>(up[i] * kOutermost / most);
  for (uint32_t i = 0; i < below; i++) scaled[above + i] = static_cast<int16_t>(down[i] * kOutermost / most);
  return {scaled, scaled + above, false};
}

// expected: the steps of the side, or null; alike: whether they go on.
bool ReadSide(SharedReader* reader, uint32_t side, const int16_t* expected, bool alike, PaletteSteps* steps) {
  uint32_t before = 0;
  for (uint32_t index = 0; index < steps->count; index++) {
    const uint32_t position = 9 * side + (index < 8 ? index : 8);
    const uint32_t step =
        expected == nullptr
            ? before + 1 + reader->input->Get(kGapContext + position)
            : FromDifference(reader->input->Get(kDifferenceContext + position), before, expected[index]);
    if (step > kMostSteps) return false;
    const int32_t sixteenths = static_cast<int32_t>(16 * step);
    const int32_t next = alike ? expected[index] + (sixteenths - expected[index]) / 4 : sixteenths;
    reader->expected[reader->steps_used++] = static_cast<int16_t>(next);
    steps->step[index] = static_cast<uint8_t>(step);
    before = step;
  }
  return true;
}

bool ReadNew(SharedReader* reader, PaletteSteps* above, PaletteSteps* below) {
  above->count = reader->input->Get(2);
  below->count = reader->input->Get(3);
  if (above->count > kMostSteps || below->count > kMostSteps) return false;
  if (above->count + below->count > reader->steps_most - reader->steps_used) return false;
  uint32_t* last = &reader->last[above->count * kCounts + below->count];
  int16_t scaled[2 * kMostSteps];
  Reference reference;
  if (*last == 0) {
    reference = Scaled(*reader, above->count, below->count, scaled);
  } else {
    const int16_t* steps = reader->expected + reader->made[*last - 1].first;
    reference = {steps, steps + above->count, true};
  }
  const uint32_t first = reader->steps_used;
  reader->made[reader->made_count].first = first;
  *last = reader->made_count + 1;
  if (!ReadSide(reader, 0, reference.above, reference.alike, above) ||
      !ReadSide(reader, 1, reference.below, reference.alike, below)) {
    return false;
  }
  if (above->count + below->count > reader->fullest.above + reader->fullest.below)
    reader->fullest = {above->count, below->count, first};
  return true;
}

bool ReadAll(SharedReader* reader, uint32_t center, Palettes* palettes) {
  uint32_t used = 0, again = 0;
  PaletteSteps above = {}, below = {};
  for (size_t c = 0; c < palettes->count; c++) {
    const uint32_t ago = reader->input->Get(again);
    if (ago > reader->made_count) return false;
    again = ago > 0;
    if (ago == 0) {
      if (!ReadNew(reader, &above, &below)) return false;
      const uint32_t last = WritePaletteTable(above, below, center, palettes->entries + used);
      reader->made[reader->made_count++].table = {used, last};
      used += last + 1;
    }
    palettes->channels[c] = reader->made[reader->made_count - (ago == 0 ? 1 : ago)].table;
  }
  return reader->input->exact();
}

}  // namespace

size_t SharedPalettesScratch(size_t count, uint32_t steps) {
  constexpr size_t kAlign = 64;
  return kContexts * NumberDecoder::kModelsPerContext * sizeof(uint32_t) + count * sizeof(MadePalette) +
         kCounts * kCounts * sizeof(uint32_t) + steps * sizeof(int16_t) + 4 * kAlign;
}

bool ReadSharedPalettes(Bytes side, uint32_t center, uint32_t steps, Scratch scratch, Palettes* palettes,
                        bool* good, DecodeError* error) {
  uint32_t* models = scratch.Take<uint32_t>(kContexts * NumberDecoder::kModelsPerContext);
  MadePalette* made = scratch.Take<MadePalette>(palettes->count);
  uint32_t* last = scratch.Take<uint32_t>(kCounts * kCounts);
  int16_t* expected = scratch.Take<int16_t>(steps);
  if (models == nullptr || made == nullptr || last == nullptr || expected == nullptr)
    return OutOfScratch(error, side.offset);
  std::memset(last, 0, kCounts * kCounts * sizeof(uint32_t));
  NumberDecoder input(side, models, kContexts);
  SharedReader reader = {&input, made, 0, last, expected, 0, steps, {}};
  *good = ReadAll(&reader, center, palettes);
  return true;
}

}  // namespace weightfold
