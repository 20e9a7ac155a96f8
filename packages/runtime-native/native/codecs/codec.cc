#include "codec.h"

#include "common/binary_decoder.h"

namespace weightfold {
namespace {

constexpr Codec kCodecs[] = {
    {"raw", 1, true, DecodeRaw},
    {"rans", kMaximumExpansion, true, DecodeRans},
    {"context", kMaximumExpansion, true, DecodeContext},
    {"palette", kMaximumExpansion, false, DecodePalette},
};
constexpr uint32_t kCodecCount = sizeof(kCodecs) / sizeof(kCodecs[0]);

}  // namespace

const Codec* FindCodec(uint32_t id, uint64_t offset, DecodeError* error) {
  if (id < kCodecCount) return &kCodecs[id];
  Fail(error, "UNKNOWN_CODEC", offset,
       "expected a codec from 0 to %u but received %u: a newer writer may have made the file",
       kCodecCount - 1, id);
  return nullptr;
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
