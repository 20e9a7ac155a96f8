#include "kernels/fully_connected/fully_connected.h"

#include "kernels/test_support.h"

using namespace weightfold;

namespace {

// Leaves at most 16 different codes, none of them -128.
void Cluster(Random* random, std::vector<int8_t>* weights) {
  int8_t codes[16];
  for (int8_t& code : codes) code = static_cast<int8_t>(random->Between(-127, 127));
  for (int8_t& w : *weights) w = codes[static_cast<uint8_t>(w) % 16];
}

// Every fourth layer is clustered: versions for such layers can take it, though they do not choose small
// ones.
bool RunCase(int seed, const FullyConnectedShape& s, bool clustered) {
  Random random(static_cast<uint64_t>(seed));
  RandomLayer layer(&random, static_cast<size_t>(s.in) * s.out, s.out,
                    std::sqrt(static_cast<double>(s.in)) * 70 * 70);
  const FullyConnectedParameters p = {layer.weights.data(),
                                      layer.has_bias ? layer.bias.data() : nullptr,
                                      random.Between(-128, 127),
                                      RandomFlip(&random),
                                      layer.output,
                                      clustered ? 0 : RandomWeightZeroPoint(&random)};
  if (clustered) Cluster(&random, &layer.weights);
  int count;
  const FullyConnectedKernel* const* all = FullyConnectedKernels(&count);
  const auto suited = SuitedKernels(all, count, s, p);
  const FullyConnectedKernel* const* kernels = clustered ? all : suited.data();
  if (!clustered) count = static_cast<int>(suited.size());
  const auto run = [&](const FullyConnectedKernel& kernel, const FullyConnectedParameters& parameters,
                       const void* packed, const uint8_t* input, uint8_t* output, void* scratch, bool first) {
    const int32_t units = (s.out + kernel.unit - 1) / kernel.unit, split = first ? 0 : seed % (units + 1);
    kernel.run(s, parameters, packed, input, output, split, units, scratch);
    kernel.run(s, parameters, packed, input, output, 0, split, scratch);
  };
  return CompareKernels(kernels, count, s, p, static_cast<size_t>(s.rows) * s.in,
                        static_cast<size_t>(s.rows) * s.out, &random, seed, run);
}

bool RunSmallCase(int seed) {
  Random random(static_cast<uint64_t>(seed) + 1000000);
  const FullyConnectedShape s = {random.Between(1, 4), random.Between(1, 300), random.Between(1, 70)};
  return RunCase(seed, s, seed % 4 == 0);
}

// Versions for clusters are for layers from 16 MiB up with 16 codes, not 17, and without -128.
bool ChoosesByCodesAndSize() {
  const FullyConnectedShape large = {1, 4096, 4096}, small = {1, 4096, 4095};
  Random random(1);
  RandomLayer layer(&random, static_cast<size_t>(large.in) * large.out, large.out, 1);
  FullyConnectedParameters p = {layer.weights.data(), nullptr, 0, 0, layer.output};
  int count;
  const FullyConnectedKernel* const* kernels = FullyConnectedKernels(&count);
  const auto all_suit = [&](const FullyConnectedShape& s) {
    return SuitedKernels(kernels, count, s, p).size() == static_cast<size_t>(count);
  };
  bool some_choose = false;
  for (int i = 0; i < count; ++i) some_choose = some_choose || kernels[i]->suits != nullptr;
  const auto fill = [&](int codes) {
    int place = 0;
    for (int8_t& w : layer.weights) w = static_cast<int8_t>(place++ % codes * 16 - 127);
  };
  fill(16);
  bool ok = all_suit(large) && all_suit(small) != some_choose;
  p.weight_zero_point = 1;
  ok = ok && all_suit(large) != some_choose;
  p.weight_zero_point = 0;
  layer.weights.back() = 127;
  ok = ok && all_suit(large) != some_choose;
  fill(15);
  layer.weights.back() = -128;
  ok = ok && all_suit(large) != some_choose;
  if (!ok) std::printf("versions for clusters are not chosen as they should be\n");
  return ok;
}

}  // namespace

int main() {
  constexpr int kCases = 2000;
  int failures = 0, count;
  for (int seed = 0; seed < kCases; ++seed) failures += !RunSmallCase(seed);
  failures += !RunCase(1, {1, 4099, 4098}, true);
  failures += !ChoosesByCodesAndSize();
  const FullyConnectedKernel* const* kernels = FullyConnectedKernels(&count);
  return Report("fully_connected", kernels, count, failures, kCases);
}
