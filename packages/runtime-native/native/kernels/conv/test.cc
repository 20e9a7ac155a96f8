#include "kernels/conv/conv.h"

#include <algorithm>

#include "kernels/test_support.h"

using namespace weightfold;

namespace {

// Makes most blocks of rows × columns of the weights [out_c][depth] zero, for any sizes of blocks: those at
// the edges are smaller.
void ZeroBlocks(Random* random, const ConvParameters& p, int32_t out_c, int32_t depth, int8_t* weights) {
  const int32_t rows = random->Between(1, 6), columns = random->Between(1, 20), kept = random->Between(0, 3);
  for (int32_t row = 0; row < out_c; row += rows) {
    for (int32_t column = 0; column < depth; column += columns) {
      if (random->Between(0, 7) < kept) continue;
      for (int32_t r = row; r < MinInt(row + rows, out_c); ++r) {
        std::memset(weights + r * depth + column, p.weight_zero_point,
                    static_cast<size_t>(MinInt(columns, depth - column)));
      }
    }
  }
}

// Counts in *all the cases that every version suits, those for zeros, too.
bool RunCase(int seed, int* all) {
  Random random(static_cast<uint64_t>(seed));
  const bool pointwise = random.Between(0, 1) == 0, strided = !pointwise || random.Between(0, 3) == 0;
  const bool blocks = pointwise && random.Between(0, 1) == 0;  // of zeros, in layers that are large enough
  ConvShape s = {};
  s.groups = !blocks && random.Between(0, 3) == 0 ? random.Between(1, 4) : 1;
  s.in_c = s.groups * random.Between(1, blocks ? 200 : 20);
  s.out_c = random.Between(0, 4) ? s.groups * random.Between(1, blocks ? 80 : 40) : 8 * s.groups;
  s.kernel_h = pointwise ? 1 : random.Between(1, 4);
  s.kernel_w = pointwise ? 1 : random.Between(1, 5);
  s.stride_h = strided ? random.Between(1, 3) : 1;
  s.stride_w = strided ? random.Between(1, 3) : 1;
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
  if (blocks) ZeroBlocks(&random, p, s.out_c, static_cast<int32_t>(depth), layer.weights.data());
  int count;
  const ConvKernel* const* kernels = ConvKernels(&count);
  const auto suited = SuitedKernels(kernels, count, s, p);
  *all += suited.size() == static_cast<size_t>(count);
  return CompareWindows(suited.data(), static_cast<int>(suited.size()), s, p, s.in_c, s.out_c, &random, seed);
}

// Versions for zeros count bytes of inputs in 31 bits: a layer with more inputs suits none, though it has no
// weights at all.
bool WideLayerIsDense() {
  constexpr int32_t kInputs = (1 << 16) + 1;
  Random random(0);
  RandomLayer layer(&random, static_cast<size_t>(kInputs) * 16, 16, 1);
  std::fill(layer.weights.begin(), layer.weights.end(), static_cast<int8_t>(0));
  const ConvParameters p = {layer.weights.data(), nullptr, 0, 0, layer.output};
  int count;
  const ConvKernel* const* kernels = ConvKernels(&count);
  const auto suited = [&](int32_t in_c) {
    const ConvShape s = {in_c, 8, 8, 16, 1, 1, 1, 1, 1, 1, 1};
    return SuitedKernels(kernels, count, s, p);
  };
  bool ok = suited(kInputs - 1).size() == static_cast<size_t>(count);
  for (const ConvKernel* kernel : suited(kInputs)) ok = ok && kernel->suits == nullptr;
  if (!ok) std::printf("versions for zeros: not what layers of %d inputs should have\n", kInputs);
  return ok;
}

}  // namespace

int main() {
  constexpr int kCases = 1500;
  constexpr int kLeastForAll = 100;
  int failures = 0, all = 0, count;
  for (int seed = 0; seed < kCases; ++seed) failures += !RunCase(seed, &all);
  failures += !WideLayerIsDense();
  const ConvKernel* const* kernels = ConvKernels(&count);
  if (all < kLeastForAll) {
    std::printf("every version suits %d cases, expected at least %d\n", all, kLeastForAll);
    return 1;
  }
  return Report("conv", kernels, count, failures, kCases);
}
