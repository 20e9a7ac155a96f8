#include "kernels/pool/pool.h"

#include "kernels/test_support.h"

using namespace weightfold;

namespace {

// Strided windows with padding, windows beyond the image, whole images, and few or many channels.
bool RunCase(int seed) {
  Random random(static_cast<uint64_t>(seed));
  PoolShape s = {};
  s.in_h = random.Between(1, 12);
  s.in_w = random.Between(1, 12);
  s.channels = random.Between(1, 150);
  s.out_h = random.Between(1, 6);
  s.out_w = random.Between(1, 6);
  s.kernel_h = random.Between(1, s.in_h + 1);
  s.kernel_w = random.Between(1, s.in_w + 1);
  s.stride_h = random.Between(1, 3);
  s.stride_w = random.Between(1, 3);
  s.pad_top = random.Between(0, s.kernel_h - 1);
  s.pad_left = random.Between(0, s.kernel_w - 1);
  s.min = random.Between(0, 1) ? -128 : random.Between(-128, 0);
  s.max = random.Between(0, 1) ? 127 : random.Between(s.min, 127);
  s.input_flip = RandomFlip(&random);
  s.output_flip = RandomFlip(&random);
  const size_t in_row = static_cast<size_t>(s.in_w) * s.channels + static_cast<size_t>(random.Between(0, 9));
  const size_t out_row =
      static_cast<size_t>(s.out_w) * s.channels + static_cast<size_t>(random.Between(0, 9));
  Guarded input(in_row * s.in_h);
  input.FillRandom(&random);
  int count;
  const PoolKernel* const* kernels = PoolKernels(&count);
  for (const bool average : {true, false}) {
    Guarded expected(out_row * s.out_h);
    for (int i = 0; i < count; ++i) {
      if ((kernels[i]->features & ~CpuFeatures()) != 0) continue;
      Guarded output(out_row * s.out_h);
      Guarded& to = i == 0 ? expected : output;
      const PoolFunction run = average ? kernels[i]->average : kernels[i]->maximum;
      const int32_t split = i == 0 ? 0 : seed % s.out_h;
      run(s, {input.bytes(), in_row}, {to.bytes(), out_row}, split, s.out_h);
      run(s, {input.bytes(), in_row}, {to.bytes(), out_row}, 0, split);
      if (!to.intact() || (i > 0 && !expected.Equals(output))) {
        std::printf("seed %d: %s of %s differs from scalar\n", seed, average ? "average" : "maximum",
                    kernels[i]->name);
        return false;
      }
    }
  }
  return true;
}

}  // namespace

int main() {
  constexpr int kCases = 2000;
  int failures = 0, count;
  for (int seed = 0; seed < kCases; ++seed) failures += !RunCase(seed);
  const PoolKernel* const* kernels = PoolKernels(&count);
  return Report("pool", kernels, count, failures, kCases);
}
