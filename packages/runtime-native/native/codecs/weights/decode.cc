// Modelled weights (formats/container/src/codecs/weights/spec.md).
#include "../../base/cpu.h"
#include "../common/binary_decoder.h"
#include "model.h"

namespace weightfold {
namespace {

constexpr uint64_t kWorkPerByte = 8192;

// Steps of some nanoseconds (spec.md, "Work").
bool CheckWork(const WeightParameters& p, size_t length, Bytes coded, DecodeError* error) {
  const uint64_t all = uint64_t{p.context_values} * p.largest;
  const uint64_t met = uint64_t{length} * kWeightContexts * p.largest;
  const uint64_t work = 4 * uint64_t{length} * (p.tree.depth + 2) + (all < met ? all : met) / 16;
  const uint64_t most = kWorkPerByte * coded.size;
  if (work <= most) return true;
  return Fail(error, "DAMAGED", coded.offset,
              "expected at most %llu for work of a block of weights but received %llu",
              static_cast<unsigned long long>(most), static_cast<unsigned long long>(work));
}

DecodeRanksFunction ChooseDecodeRanks() {
#if defined(__x86_64__)
  if (CpuFeatures() & kCpuAvx2) return DecodeRanksAvx2;
#endif
  return DecodeRanksScalar;
}

// 0 for the center, 1, 3 … for bytes above it, 2, 4 … for those below.
void ToBytes(uint32_t center, uint8_t* ranks, size_t length) {
  for (size_t i = 0; i < length; i++) {
    const uint32_t magnitude = (ranks[i] + 1u) >> 1;
    ranks[i] = static_cast<uint8_t>(ranks[i] & 1 ? center + magnitude : center - magnitude);
  }
}

// Parameters and model, without what the model takes for itself.
constexpr size_t kFixedScratch = sizeof(WeightParameters) + sizeof(WeightModel) + 2 * 64;

}  // namespace

// At least what it takes to find that parameters are damaged.
size_t WeightsScratch(Bytes coded, size_t length) {
  DecodeError ignored;
  Reader reader(coded, &ignored);
  WeightParameters parameters;
  if (!ReadWeightParameters(&reader, length, &parameters, &ignored)) return kFixedScratch;
  return kFixedScratch + WeightModel::ScratchSize(parameters);
}

bool DecodeWeights(Bytes coded, uint8_t* out, size_t length, const Environment&, Scratch scratch,
                   DecodeError* error) {
  Reader reader(coded, error);
  WeightParameters* parameters = scratch.Take<WeightParameters>(1);
  WeightModel* model = scratch.Take<WeightModel>(1);
  if (parameters == nullptr || model == nullptr) return OutOfScratch(error, coded.offset);
  if (!ReadWeightParameters(&reader, length, parameters, error)) return false;
  const uint64_t levels_at = reader.offset();
  BinaryDecoder coder(reader.Rest());
  if (!ReadWeightLevels(&coder, levels_at, parameters, error)) return false;
  if (!CheckWork(*parameters, length, coded, error)) return false;
  if (!model->Init(parameters, &scratch)) return OutOfScratch(error, coded.offset);
  ChooseDecodeRanks()(model, &coder, out, length);
  if (coder.overrun()) {
    return Fail(error, "DAMAGED", coded.offset + coded.size,
                "expected more bytes for coded weights but received their end");
  }
  if (!coder.exact()) {
    return Fail(error, "DAMAGED", coded.offset,
                "expected all bytes to be used for coded weights but received bytes left over");
  }
  if (parameters->bytes) ToBytes(parameters->center, out, length);
  return true;
}

}  // namespace weightfold
