#include "codec.h"

#include "common/binary_decoder.h"

namespace weightfold {
namespace {

size_t NoScratch(Bytes, size_t) { return 0; }

// Bits of a palette or prediction block's first byte that name the codec inside.
constexpr uint32_t kInnerMask = 31;
// Place in the list is the id.
constexpr Codec kCodecs[] = {
    {"raw", 1, true, DecodeRaw, NoScratch, 1},
    {"rans", kMaximumExpansion, true, DecodeRans, RansScratch, 4},
    {"context", kMaximumExpansion, true, DecodeContext, ContextScratch, 1000},
    {"palette", kMaximumExpansion, false, DecodePalette, PaletteScratch, 5},
    {"bits", kMaximumExpansion, true, DecodeBits, NoScratch, 1},
    {"bitmap", kMaximumExpansion, true, DecodeBitmap, BitmapScratch, 2},
    {"records", kMaximumExpansion, false, DecodeRecords, RecordsScratch, 20},
    {"integers", kMaximumExpansion, false, DecodeIntegers, IntegersScratch, 10},
    {"weights", kMaximumExpansion, true, DecodeWeights, WeightsScratch, 500},
    {"prediction", kMaximumExpansion, false, DecodePrediction, PredictionScratch, 2},
};
constexpr uint32_t kCodecCount = sizeof(kCodecs) / sizeof(kCodecs[0]);

}  // namespace

const Codec* FindCodec(uint32_t id, uint64_t offset, DecodeError* error) {
  if (id >= kCodecCount) {
    Fail(error, "UNKNOWN_CODEC", offset,
         "expected a codec from 0 to %u but received %u: a newer writer may have made the file",
         kCodecCount - 1, id);
    return nullptr;
  }
  if (kCodecs[id].decode != nullptr) return &kCodecs[id];
  Fail(error, "UNKNOWN_CODEC", offset, "expected no %s codec, which this build leaves out, but received it",
       kCodecs[id].name);
  return nullptr;
}

size_t InnerScratch(uint32_t id, Bytes coded, size_t length) {
  if (id >= kCodecCount || kCodecs[id].decode == nullptr || !kCodecs[id].inner) return 0;
  return kCodecs[id].scratch(coded, length);
}

uint64_t CodecWork(const Codec& codec, Bytes coded, size_t length) {
  uint64_t cost = codec.cost;
  if (coded.size == 0) return cost * length;
  // What stands inside a palette, prediction or bitmap block takes most of its time.
  const bool holds_symbols = codec.decode == DecodePalette || codec.decode == DecodePrediction;
  const uint32_t inner = holds_symbols ? coded.data[0] & kInnerMask : coded.data[0];
  if ((holds_symbols || codec.decode == DecodeBitmap) && inner < kCodecCount) cost += kCodecs[inner].cost;
  return cost * length;
}

bool ReadClasses(NumberDecoder* input, uint8_t* classes, size_t lines, uint32_t count, uint32_t first_context,
                 uint64_t offset, DecodeError* error) {
  uint32_t before = 0;
  for (size_t i = 0; i < lines; i++) {
    before = input->Get(first_context + before);
    if (before >= count) {
      return Fail(error, "DAMAGED", offset, "expected a class below %u for a row or column but received %u",
                  count, before);
    }
    classes[i] = static_cast<uint8_t>(before);
  }
  return true;
}

}  // namespace weightfold
