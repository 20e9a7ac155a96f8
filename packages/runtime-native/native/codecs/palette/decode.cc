// Ranks in palettes (formats/container/src/codecs/palette/spec.md).
#include "../codec.h"
#include "../common/binary_decoder.h"

namespace weightfold {
namespace {

constexpr uint64_t kChannelLimit = 65536;
constexpr uint64_t kEntryLimit = uint64_t{1} << 20;
constexpr size_t kNumberContexts = 20;

// Where a channel's steps stand: above the center first, then below.
struct Palette {
  uint32_t first;
  uint16_t above;
  uint16_t below;
};

struct Palettes {
  Palette* channel;
  uint8_t* steps;
  uint32_t used;
  uint32_t most;
};

// Reads one side of a palette, ascending steps from the center.
bool ReadSteps(NumberDecoder* input, uint32_t side, Palettes* palettes, uint16_t* count) {
  const uint32_t entries = input->Get(side);
  if (entries > 128 || entries > palettes->most - palettes->used) return false;
  uint32_t step = 0;
  for (uint32_t index = 0; index < entries; index++) {
    step += input->Get(2 + side * 9 + (index < 8 ? index : 8)) + 1;
    if (step > 128) return false;
    palettes->steps[palettes->used++] = static_cast<uint8_t>(step);
  }
  *count = static_cast<uint16_t>(entries);
  return true;
}

bool ReadPalettes(Bytes side, size_t channels, Palettes* palettes, uint32_t* models, DecodeError* error) {
  NumberDecoder input(side, models, kNumberContexts);
  for (size_t c = 0; c < channels; c++) {
    Palette* palette = &palettes->channel[c];
    palette->first = palettes->used;
    if (!ReadSteps(&input, 0, palettes, &palette->above) ||
        !ReadSteps(&input, 1, palettes, &palette->below)) {
      return Fail(error, "DAMAGED", side.offset,
                  "expected steps up to 128 and at most %u entries for palettes", palettes->most);
    }
  }
  if (input.exact()) return true;
  return Fail(error, "DAMAGED", side.offset,
              "expected all bytes to be used for palettes but received another length");
}

// The byte of each symbol of one channel; -1 where its palette has none.
void MakeTable(const Palettes& palettes, const Palette& palette, uint32_t center, int16_t table[256]) {
  for (int s = 0; s < 256; s++) table[s] = -1;
  table[0] = static_cast<int16_t>(center);
  const uint8_t* steps = palettes.steps + palette.first;
  for (uint32_t i = 0; i < palette.above && 2 * i + 1 < 256; i++) {
    table[2 * i + 1] = static_cast<int16_t>((center + steps[i]) & 255);
  }
  for (uint32_t i = 0; i < palette.below && 2 * i + 2 < 256; i++) {
    table[2 * i + 2] = static_cast<int16_t>((center - steps[palette.above + i]) & 255);
  }
}

bool Lookup(const int16_t table[256], uint8_t* symbol) {
  const int16_t value = table[*symbol];
  *symbol = static_cast<uint8_t>(value);
  return value >= 0;
}

bool MissingEntry(Bytes coded, size_t position, DecodeError* error) {
  return Fail(error, "DAMAGED", coded.offset,
              "expected an entry of its palette for palette index of byte %zu", position);
}

// Maps channel by channel, so that one table serves all of a channel's symbols.
bool MapSymbols(Bytes coded, const Palettes& palettes, size_t channels, bool inner, size_t channel_length,
                uint32_t center, uint8_t* out, size_t length, DecodeError* error) {
  int16_t table[256];
  for (size_t c = 0; c < channels; c++) {
    MakeTable(palettes, palettes.channel[c], center, table);
    const size_t first = inner ? c : c * channel_length;
    const size_t step = inner ? channel_length : 1;
    const size_t end = inner || length - first < channel_length ? length : first + channel_length;
    for (size_t i = first; i < end; i += step) {
      if (!Lookup(table, out + i)) return MissingEntry(coded, i, error);
      if (step >= length - i) break;
    }
  }
  return true;
}

// The fields before the palettes.
struct PaletteShape {
  uint32_t inner_codec;
  bool inner_channels;
  uint32_t center;
  uint64_t channel_length;
  uint64_t channels;
  uint64_t most_steps;
};

bool ReadShape(Reader* reader, size_t length, PaletteShape* shape, DecodeError* error) {
  uint32_t head;
  if (!reader->U8("palette header", &head) || !reader->U8("palette center", &shape->center)) return false;
  if (!reader->Bounded("channel length", 1, length, &shape->channel_length)) return false;
  shape->inner_codec = head & 127;
  shape->inner_channels = (head & 128) != 0;
  shape->channels = shape->inner_channels ? shape->channel_length
                                          : (length + shape->channel_length - 1) / shape->channel_length;
  if (shape->channels > kChannelLimit) {
    return Fail(error, "DAMAGED", reader->offset(), "expected at most %u channels but received %llu",
                static_cast<unsigned>(kChannelLimit), static_cast<unsigned long long>(shape->channels));
  }
  shape->most_steps = length < kEntryLimit ? length : kEntryLimit;
  return true;
}

}  // namespace

size_t PaletteScratch(Bytes coded, size_t length) {
  DecodeError ignored;
  Reader reader(coded, &ignored);
  PaletteShape shape;
  uint64_t side_length;
  Bytes side;
  if (!ReadShape(&reader, length, &shape, &ignored) || !reader.Varint("", &side_length) ||
      !reader.Take(side_length, "", &side)) {
    return 0;
  }
  const size_t models = kNumberContexts * NumberDecoder::kModelsPerContext * sizeof(uint32_t) + 64;
  const size_t inner = CodecScratch(shape.inner_codec, reader.Rest(), length);
  return static_cast<size_t>(shape.channels) * sizeof(Palette) + static_cast<size_t>(shape.most_steps) +
         2 * 64 + (models > inner ? models : inner);
}

bool DecodePalette(Bytes coded, uint8_t* out, size_t length, Scratch scratch, DecodeError* error) {
  Reader reader(coded, error);
  PaletteShape shape;
  uint64_t side_length;
  Bytes side = {};
  if (!ReadShape(&reader, length, &shape, error)) return false;
  if (!reader.Varint("length of palettes", &side_length) || !reader.Take(side_length, "palettes", &side))
    return false;
  const size_t channels = static_cast<size_t>(shape.channels);
  Palettes palettes = {scratch.Take<Palette>(channels),
                       scratch.Take<uint8_t>(static_cast<size_t>(shape.most_steps)), 0,
                       static_cast<uint32_t>(shape.most_steps)};
  if (palettes.channel == nullptr || palettes.steps == nullptr) return OutOfScratch(error, coded.offset);
  Scratch rest = scratch;  // the number models are not needed any more when the inner codec runs
  uint32_t* models = scratch.Take<uint32_t>(kNumberContexts * NumberDecoder::kModelsPerContext);
  if (models == nullptr) return OutOfScratch(error, coded.offset);
  if (!ReadPalettes(side, channels, &palettes, models, error)) return false;
  const Codec* codec = FindCodec(shape.inner_codec, coded.offset, error);
  if (codec == nullptr) return false;
  if (!codec->inner)
    return Fail(error, "DAMAGED", coded.offset, "expected raw, rans, context, bits or bitmap inside a palette block");
  if (!codec->decode(reader.Rest(), out, length, rest, error)) return false;
  return MapSymbols(coded, palettes, channels, shape.inner_channels,
                    static_cast<size_t>(shape.channel_length), shape.center, out, length, error);
}

}  // namespace weightfold
