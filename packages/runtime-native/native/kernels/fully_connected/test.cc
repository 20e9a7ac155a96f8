#include "kernels/fully_connected/fully_connected.h"

#include "kernels/test_support.h"

using namespace weightfold;

namespace {

bool RunCase(int seed) {
  Random random(static_cast<uint64_t>(seed));
  const FullyConnectedShape s = {random.Between(1, 4), random.Between(1, 300), random.Between(1, 70)};
  RandomLayer layer(&random, static_cast<size_t>(s.in) * s.out, s.out,
                    std::sqrt(static_cast<double>(s.in)) * 70 * 70);
  const FullyConnectedParameters p = {layer.weights.data(),
                                      layer.has_bias ? layer.bias.data() : nullptr,
                                      random.Between(-128, 127),
                                      RandomFlip(&random),
                                      layer.output,
                                      RandomWeightZeroPoint(&random)};
  int count;
  const FullyConnectedKernel* const* kernels = FullyConnectedKernels(&count);
  const auto run = [&](const FullyConnectedKernel& kernel, const FullyConnectedParameters& parameters,
                       const void* packed, const uint8_t* input, uint8_t* output, void* scratch, bool first) {
    const int32_t units = (s.out + kernel.unit - 1) / kernel.unit, split = first ? 0 : seed % (units + 1);
    kernel.run(s, parameters, packed, input, output, split, units, scratch);
    kernel.run(s, parameters, packed, input, output, 0, split, scratch);
  };
  return CompareKernels(kernels, count, s, p, static_cast<size_t>(s.rows) * s.in,
                        static_cast<size_t>(s.rows) * s.out, &random, seed, run);
}

}  // namespace

int main() {
  constexpr int kCases = 2000;
  int failures = 0, count;
  for (int seed = 0; seed < kCases; ++seed) failures += !RunCase(seed);
  const FullyConnectedKernel* const* kernels = FullyConnectedKernels(&count);
  return Report("fully_connected", kernels, count, failures, kCases);
}
