#include "kernels/conv/conv.h"

#include "kernels/test_support.h"

using namespace weightfold;

namespace {

bool RunCase(int seed) {
  Random random(static_cast<uint64_t>(seed));
  const bool pointwise = random.Between(0, 2) == 0;
  ConvShape s = {};
  s.batch = random.Between(1, 2);
  s.groups = random.Between(0, 3) == 0 ? random.Between(1, 4) : 1;
  s.in_c = s.groups * random.Between(1, 20);
  s.out_c = s.groups * random.Between(1, 40);
  s.kernel_h = pointwise ? 1 : random.Between(1, 4);
  s.kernel_w = pointwise ? 1 : random.Between(1, 5);
  s.stride_h = pointwise ? 1 : random.Between(1, 3);
  s.stride_w = pointwise ? 1 : random.Between(1, 3);
  s.dilation_h = random.Between(0, 3) ? 1 : random.Between(2, 3);
  s.dilation_w = random.Between(0, 3) ? 1 : random.Between(2, 3);
  s.out_h = random.Between(1, 9);
  s.out_w = random.Between(1, 9);
  const int32_t extent_h = (s.out_h - 1) * s.stride_h + (s.kernel_h - 1) * s.dilation_h + 1;
  const int32_t extent_w = (s.out_w - 1) * s.stride_w + (s.kernel_w - 1) * s.dilation_w + 1;
  s.pad_top = pointwise ? 0 : MinInt(random.Between(0, 2), extent_h - 1);
  s.pad_left = pointwise ? 0 : MinInt(random.Between(0, 2), extent_w - 1);
  // The image may end before the last window or reach beyond it.
  s.in_h = pointwise ? s.out_h : MaxInt(1, extent_h - s.pad_top + random.Between(-2, 2));
  s.in_w = pointwise ? s.out_w : MaxInt(1, extent_w - s.pad_left + random.Between(-2, 2));
  const size_t depth = static_cast<size_t>(s.kernel_h) * s.kernel_w * (s.in_c / s.groups);
  RandomLayer layer(&random, depth * s.out_c, s.out_c, std::sqrt(static_cast<double>(depth)) * 70 * 70);
  const ConvParameters p = {layer.weights.data(), layer.has_bias ? layer.bias.data() : nullptr,
                            random.Between(-128, 127), layer.output};
  int count;
  const ConvKernel* const* kernels = ConvKernels(&count);
  return CompareKernels(kernels, count, s, p, static_cast<size_t>(s.batch) * s.in_h * s.in_w * s.in_c,
                        static_cast<size_t>(s.batch) * s.out_h * s.out_w * s.out_c, &random, seed);
}

}  // namespace

int main() {
  constexpr int kCases = 1500;
  int failures = 0, count;
  for (int seed = 0; seed < kCases; ++seed) failures += !RunCase(seed);
  const ConvKernel* const* kernels = ConvKernels(&count);
  return Report("conv", kernels, count, failures, kCases);
}
