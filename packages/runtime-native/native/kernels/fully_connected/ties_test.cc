// Requantization where it is hardest: sums whose scaled value lies around a tie between two codes, 256 of
// them in a row at each tie. Every version must give the scalar codes. Usage: test-… [LAYERS], 16.8 million
// cases each
#include "kernels/fully_connected/fully_connected.h"
#include "kernels/test_support.h"

using namespace weightfold;

namespace {

constexpr int32_t kChannels = 65536, kRows = 256;  // one channel per tie, one row per input code

// With one weight of 1 the sum is bias + code − zero point.
struct Layer {
  std::vector<int8_t> weights = std::vector<int8_t>(kChannels, 1);
  std::vector<int32_t> bias = std::vector<int32_t>(kChannels), multiplier = bias, shift = bias;
  std::vector<float> scale = std::vector<float>(kChannels);
  Requantization output;

  explicit Layer(int seed) {
    Random random(static_cast<uint64_t>(seed));
    for (int32_t c = 0; c < kChannels; ++c) {
      // Also powers of two and the ends of the range, where halves are exact.
      const int32_t kind = random.Between(0, 7);
      multiplier[c] = kind == 0   ? 1 << 30
                      : kind == 1 ? INT32_MAX
                                  : static_cast<int32_t>((1u << 30) + random.Next() % (1u << 30));
      shift[c] = random.Between(-22, 2);
      const double real = std::ldexp(static_cast<double>(multiplier[c]), shift[c] - 31);
      scale[c] = static_cast<float>(real);
      const double tie = (random.Between(-300, 300) + 0.5) / real;
      bias[c] = static_cast<int32_t>(std::lround(std::fmin(std::fmax(tie, -1e9), 1e9)));
    }
    output = {seed % 8 < 6 ? Rounding::kDouble : static_cast<Rounding>(seed % 8 - 5),
              random.Between(-128, 127),
              -128,
              127,
              multiplier.data(),
              shift.data(),
              scale.data(),
              RandomFlip(&random)};
  }
};

bool RunCase(int seed) {
  const Layer layer(seed);
  const FullyConnectedShape s = {kRows, 1, kChannels};
  FullyConnectedParameters p = {layer.weights.data(), layer.bias.data(), 0, 0, layer.output};
  Guarded input(kRows), stored(kRows), expected(static_cast<size_t>(kRows) * kChannels);
  for (int32_t i = 0; i < kRows; ++i) input.bytes()[i] = static_cast<uint8_t>(i);
  int count;
  const FullyConnectedKernel* const* kernels = FullyConnectedKernels(&count);
  for (int i = 0; i < count; ++i) {
    const FullyConnectedKernel& kernel = *kernels[i];
    if ((kernel.features & ~CpuFeatures()) != 0) continue;
    Guarded packed(kernel.packed_bytes(s, p)), scratch(kernel.scratch_bytes(s)), output(expected.size());
    p.input_flip = kernel.signed_input ? 0 : kUnsignedFlip;
    stored.FillFlipped(input, p.input_flip ^ kUnsignedFlip);
    kernel.pack(s, p, packed.data());
    kernel.run(s, p, packed.data(), stored.bytes(), i == 0 ? expected.bytes() : output.bytes(), 0,
               kChannels / kernel.unit, scratch.data());
    if (i > 0 && !expected.Equals(output)) {
      std::printf("seed %d: %s differs from scalar\n", seed, kernel.name);
      return false;
    }
  }
  return true;
}

}  // namespace

int main(int count, char** arguments) {
  const int layers = count > 1 ? std::atoi(arguments[1]) : 8;
  int failures = 0, versions;
  for (int seed = 0; seed < layers; ++seed) failures += !RunCase(seed);
  std::printf("%lld sums around ties\n", static_cast<long long>(layers) * kRows * kChannels);
  const FullyConnectedKernel* const* kernels = FullyConnectedKernels(&versions);
  return Report("ties", kernels, versions, failures, layers);
}
