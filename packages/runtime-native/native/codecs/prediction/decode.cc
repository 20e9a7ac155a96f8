// Differences from a linear prediction (formats/container/src/codecs/prediction/spec.md).
#include "../../base/cpu.h"
#include "../codec.h"
#include "predict.h"

namespace weightfold {
namespace {

constexpr uint32_t kMostWeights = 255;

PredictFunction ChoosePredict() {
#if defined(__x86_64__)
  if (CpuFeatures() & kCpuAvx2) return PredictAvx2;
#endif
  return PredictScalar;
}

bool ReadTap(Reader* reader, size_t length, size_t* distance, int8_t* weight) {
  uint64_t far = 0;
  uint32_t byte = 0;
  if (!reader->Bounded("distance of a tap", 1, length, &far) || !reader->U8("weight of a tap", &byte))
    return false;
  *distance = static_cast<size_t>(far);
  *weight = static_cast<int8_t>(byte);
  return true;
}

// All before the differences.
bool ReadHead(Reader* reader, size_t length, uint32_t* codec, Taps* taps, DecodeError* error) {
  if (!reader->U8("prediction header", codec) || !reader->U8("prediction center", &taps->center))
    return false;
  const uint64_t at = reader->offset();
  if (!reader->BoundedU8("number of taps", 1, kMostTaps, &taps->count)) return false;
  uint32_t sum = 0;
  for (uint32_t t = 0; t < taps->count; t++) {
    if (!ReadTap(reader, length, &taps->distance[t], &taps->weight[t])) return false;
    sum += static_cast<uint32_t>(taps->weight[t] < 0 ? -taps->weight[t] : taps->weight[t]);
  }
  if (sum <= kMostWeights) return true;
  return Fail(error, "DAMAGED", at,
              "expected at most %u for the sum of the magnitudes of weights but received %u", kMostWeights,
              sum);
}

}  // namespace

size_t PredictionScratch(Bytes coded, size_t length) {
  DecodeError ignored;
  Reader reader(coded, &ignored);
  uint32_t codec = 0;
  Taps taps = {};
  return ReadHead(&reader, length, &codec, &taps, &ignored) ? InnerScratch(codec, reader.Rest(), length) : 0;
}

bool DecodePrediction(Bytes coded, uint8_t* out, size_t length, const Environment& environment,
                      Scratch scratch, DecodeError* error) {
  Reader reader(coded, error);
  uint32_t id = 0;
  Taps taps = {};
  if (!ReadHead(&reader, length, &id, &taps, error)) return false;
  const Codec* codec = FindCodec(id, coded.offset, error);
  if (codec == nullptr) return false;
  if (!codec->inner) {
    return Fail(error, "DAMAGED", coded.offset,
                "expected raw, rans, context, bits, bitmap or weights inside a prediction block");
  }
  if (!codec->decode(reader.Rest(), out, length, environment, scratch, error)) return false;
  ChoosePredict()(taps, out, length);
  return true;
}

}  // namespace weightfold
