#include "kernels/mean/mean.h"

#include "kernels/test_support.h"

using namespace weightfold;

namespace {

bool RunCase(int seed) {
  Random random(static_cast<uint64_t>(seed));
  MeanShape s = {};
  s.height = random.Between(1, 12);
  s.width = random.Between(1, 12);
  s.channels = random.Between(1, 150);
  s.input_zero_point = random.Between(-128, 127);
  s.output_zero_point = random.Between(-128, 127);
  s.input_flip = RandomFlip(&random);
  s.output_flip = RandomFlip(&random);
  // Every eighth is so large that sums leave 32 bits.
  s.multiplier = static_cast<int32_t>((1u << 30) + random.Next() % (1u << 30));
  s.shift = random.Between(0, 7) ? random.Between(-3, 2) : random.Between(-30, 30);
  const size_t row = static_cast<size_t>(s.width) * s.channels + static_cast<size_t>(random.Between(0, 9));
  Guarded input(row * s.height), expected(static_cast<size_t>(s.channels));
  input.FillRandom(&random);
  int count;
  const MeanKernel* const* kernels = MeanKernels(&count);
  kernels[0]->run(s, {input.bytes(), row}, expected.bytes());
  for (int i = 1; i < count; ++i) {
    if ((kernels[i]->features & ~CpuFeatures()) != 0) continue;
    Guarded output(expected.size());
    kernels[i]->run(s, {input.bytes(), row}, output.bytes());
    if (!output.intact() || !expected.Equals(output)) {
      std::printf("seed %d: %s differs from scalar\n", seed, kernels[i]->name);
      return false;
    }
  }
  return true;
}

}  // namespace

int main() {
  constexpr int kCases = 4000;
  int failures = 0, count;
  for (int seed = 0; seed < kCases; ++seed) failures += !RunCase(seed);
  const MeanKernel* const* kernels = MeanKernels(&count);
  return Report("mean", kernels, count, failures, kCases);
}
