// Ranks in palettes (formats/container/src/codecs/palette/spec.md).
#include "../../base/cpu.h"
#include "../codec.h"
#include "palettes.h"

namespace weightfold {
namespace {

constexpr uint64_t kChannelLimit = 65536;
constexpr uint64_t kStepLimit = uint64_t{1} << 20;
constexpr uint32_t kCodecMask = 31, kInnerBit = 128;

MapRanksFunction ChooseMapRanks() {
#if defined(__x86_64__)
  if (CpuFeatures() & kCpuAvx2) return MapRanksAvx2;
#elif defined(__aarch64__)
  return MapRanksNeon;
#endif
  return MapRanksScalar;
}

// Channels one after another.
void MapOuter(const Palettes& palettes, size_t channel_length, uint8_t* out, size_t length) {
  const MapRanksFunction map = ChooseMapRanks();
  for (size_t c = 0, first = 0; first < length; c++, first += channel_length) {
    const size_t left = length - first;
    const Palette& palette = palettes.channels[c];
    map(palettes.entries + palette.first, palette.last, out + first,
        left < channel_length ? left : channel_length);
  }
}

// Every position is of the next channel.
void MapInner(const Palettes& palettes, uint8_t* out, size_t length) {
  for (size_t first = 0; first < length; first += palettes.count) {
    const size_t left = length - first;
    const size_t count = left < palettes.count ? left : palettes.count;
    uint8_t* row = out + first;
    for (size_t c = 0; c < count; c++) {
      const Palette palette = palettes.channels[c];
      row[c] = palettes.entries[palette.first + (row[c] < palette.last ? row[c] : palette.last)];
    }
  }
}

// The fields before the palettes.
struct PaletteShape {
  uint32_t inner_codec;
  bool inner_channels;
  uint32_t center;
  uint64_t channel_length;
  uint64_t channels;
  uint32_t most_steps;
  PaletteForm form;
};

bool ReadShape(Reader* reader, size_t length, PaletteShape* shape, DecodeError* error) {
  uint32_t head;
  if (!reader->U8("palette header", &head) || !reader->U8("palette center", &shape->center)) return false;
  if (!reader->Bounded("channel length", 1, length, &shape->channel_length)) return false;
  shape->inner_codec = head & kCodecMask;
  shape->form = static_cast<PaletteForm>(head >> 5 & 3);
  if (shape->form > kTokens) {
    return Fail(error, "DAMAGED", reader->offset(),
                "expected palettes as numbers, shared or tokens but received %u", head);
  }
  shape->inner_channels = (head & kInnerBit) != 0;
  shape->channels = shape->inner_channels ? shape->channel_length
                                          : (length + shape->channel_length - 1) / shape->channel_length;
  if (shape->channels > kChannelLimit) {
    return Fail(error, "DAMAGED", reader->offset(), "expected at most %u channels but received %llu",
                static_cast<unsigned>(kChannelLimit), static_cast<unsigned long long>(shape->channels));
  }
  shape->most_steps = static_cast<uint32_t>(length < kStepLimit ? length : kStepLimit);
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
  const PaletteMemory memory =
      PalettesScratch(static_cast<size_t>(shape.channels), shape.most_steps, shape.form);
  const size_t inner = InnerScratch(shape.inner_codec, reader.Rest(), length);
  return memory.kept + (memory.passing > inner ? memory.passing : inner);
}

bool DecodePalette(Bytes coded, uint8_t* out, size_t length, const Environment& environment, Scratch scratch,
                   DecodeError* error) {
  Reader reader(coded, error);
  PaletteShape shape;
  uint64_t side_length;
  Bytes side = {};
  if (!ReadShape(&reader, length, &shape, error)) return false;
  if (!reader.Varint("length of palettes", &side_length) || !reader.Take(side_length, "palettes", &side))
    return false;
  Palettes palettes = {};
  if (!ReadPalettes(side, shape.form, shape.center, static_cast<size_t>(shape.channels), shape.most_steps,
                    &scratch, &palettes, error)) {
    return false;
  }
  const Codec* codec = FindCodec(shape.inner_codec, coded.offset, error);
  if (codec == nullptr) return false;
  if (!codec->inner) {
    return Fail(error, "DAMAGED", coded.offset,
                "expected raw, rans, context, bits, bitmap or weights inside a palette block");
  }
  if (!codec->decode(reader.Rest(), out, length, environment, scratch, error)) return false;
  if (shape.inner_channels) {
    MapInner(palettes, out, length);
  } else {
    MapOuter(palettes, static_cast<size_t>(shape.channel_length), out, length);
  }
  return true;
}

}  // namespace weightfold
