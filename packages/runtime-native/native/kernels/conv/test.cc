#include "kernels/conv/conv.h"

#include "kernels/test_support.h"

using namespace weightfold;

namespace {

bool RunCase(int seed) {
  Random random(static_cast<uint64_t>(seed));
  const bool pointwise = random.Between(0, 2) == 0;
  ConvShape s = {};
  s.groups = random.Between(0, 3) == 0 ? random.Between(1, 4) : 1;
  s.in_c = s.groups * random.Between(1, 20);
  s.out_c = random.Between(0, 4) ? s.groups * random.Between(1, 40) : 8 * s.groups;
  s.kernel_h = pointwise ? 1 : random.Between(1, 4);
  s.kernel_w = pointwise ? 1 : random.Between(1, 5);
  s.stride_h = pointwise ? 1 : random.Between(1, 3);
  s.stride_w = pointwise ? 1 : random.Between(1, 3);
  s.dilation_h = random.Between(0, 3) ? 1 : random.Between(2, 3);
  s.dilation_w = random.Between(0, 3) ? 1 : random.Between(2, 3);
  s.out_h = random.Between(1, 9);
  s.out_w = random.Between(1, 9);
  const size_t depth = static_cast<size_t>(s.kernel_h) * s.kernel_w * (s.in_c / s.groups);
  RandomLayer layer(&random, depth * s.out_c, s.out_c, std::sqrt(static_cast<double>(depth)) * 70 * 70);
  const ConvParameters p = {layer.weights.data(),
                            layer.has_bias ? layer.bias.data() : nullptr,
                            random.Between(-128, 127),
                            RandomFlip(&random),
                            layer.output,
                            RandomWeightZeroPoint(&random)};
  int count;
  const ConvKernel* const* kernels = ConvKernels(&count);
  return CompareWindows(kernels, count, s, p, s.in_c, s.out_c, &random, seed);
}

}  // namespace

int main() {
  constexpr int kCases = 1500;
  int failures = 0, count;
  for (int seed = 0; seed < kCases; ++seed) failures += !RunCase(seed);
  const ConvKernel* const* kernels = ConvKernels(&count);
  return Report("conv", kernels, count, failures, kCases);
}
