#include "kernels/depthwise/depthwise.h"

#include "kernels/test_support.h"

using namespace weightfold;

namespace {

bool RunCase(int seed) {
  Random random(static_cast<uint64_t>(seed));
  DepthwiseShape s = {};
  s.channels = random.Between(0, 1) ? 8 * random.Between(1, 9) : random.Between(1, 50);
  s.kernel_h = random.Between(1, 5);
  s.kernel_w = random.Between(1, 5);
  s.stride_h = random.Between(1, 3);
  s.stride_w = random.Between(1, 3);
  s.dilation_h = random.Between(0, 3) ? 1 : random.Between(2, 3);
  s.dilation_w = random.Between(0, 3) ? 1 : random.Between(2, 3);
  s.out_h = random.Between(1, 8);
  s.out_w = random.Between(1, 8);
  const size_t depth = static_cast<size_t>(s.kernel_h) * s.kernel_w;
  RandomLayer layer(&random, depth * s.channels, s.channels, std::sqrt(static_cast<double>(depth)) * 70 * 70,
                    true);
  const DepthwiseParameters p = {layer.weights.data(),
                                 layer.has_bias ? layer.bias.data() : nullptr,
                                 random.Between(-128, 127),
                                 RandomFlip(&random),
                                 layer.output,
                                 RandomWeightZeroPoint(&random)};
  int count;
  const DepthwiseKernel* const* kernels = DepthwiseKernels(&count);
  return CompareWindows(kernels, count, s, p, s.channels, s.channels, &random, seed);
}

}  // namespace

int main() {
  constexpr int kCases = 2000;
  int failures = 0, count;
  for (int seed = 0; seed < kCases; ++seed) failures += !RunCase(seed);
  const DepthwiseKernel* const* kernels = DepthwiseKernels(&count);
  return Report("depthwise", kernels, count, failures, kCases);
}
