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

// Counts for each version the cases that it suits.
bool RunCase(int seed, std::vector<int>* cases) {
  Random random(static_cast<uint64_t>(seed));
  const bool pointwise = random.Between(0, 1) == 0, strided = !pointwise || random.Between(0, 3) == 0;
  const bool blocks = pointwise && random.Between(0, 1) == 0;  // of zeros, in layers that are large enough
  const bool three = !pointwise && random.Between(0, 1) == 0;  // 3 × 3, the way most have it
  ConvShape s = {};
  s.groups = !blocks && !three && random.Between(0, 3) == 0 ? random.Between(1, 4) : 1;
  s.in_c = s.groups * random.Between(three ? 8 : 1, blocks ? 200 : three ? 100 : 20);
  s.out_c = random.Between(0, 4) ? s.groups * random.Between(1, blocks ? 80 : 40) : 8 * s.groups;
  s.kernel_h = pointwise ? 1 : three ? 3 : random.Between(1, 4);
  s.kernel_w = pointwise ? 1 : three ? 3 : random.Between(1, 5);
  s.stride_h = strided && !three ? random.Between(1, 3) : 1;
  s.stride_w = strided && !three ? random.Between(1, 3) : 1;
  s.dilation_h = three || random.Between(0, 3) ? 1 : random.Between(2, 3);
  s.dilation_w = three || random.Between(0, 3) ? 1 : random.Between(2, 3);
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
  cases->resize(static_cast<size_t>(count));
  for (int i = 0; i < count; ++i) {
    (*cases)[static_cast<size_t>(i)] += std::count(suited.begin(), suited.end(), kernels[i]) > 0;
  }
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
  bool ok = true;
  const auto narrow = suited(kInputs - 1), wide = suited(kInputs);
  for (const ConvKernel* kernel : wide) ok = ok && kernel->suits == nullptr;
#if defined(__x86_64__)
  ok = ok && narrow.size() == wide.size() + 1;
#endif
  if (!ok) std::printf("versions for zeros: not what layers of %d inputs should have\n", kInputs);
  return ok;
}

// The largest sums of 3 × 3 convolutions with 1,024 inputs, above zero and below: all weights and all inputs
// of a channel are at the same end of their range.
bool LargestSumsFit(bool largest_input) {
  const ConvShape s = {1024, 4, 5, 8, 3, 3, 1, 1, 1, 1, 1};
  const size_t depth = 9 * static_cast<size_t>(s.in_c), row = static_cast<size_t>(s.out_w + 2) * s.in_c;
  Random random(1);
  RandomLayer layer(&random, depth * s.out_c, s.out_c, 1e8);
  for (int32_t c = 0; c < s.out_c; ++c) {
    const bool above = (c % 2 == 0) == largest_input;
    std::fill_n(layer.weights.begin() + static_cast<ptrdiff_t>(c * depth), depth,
                static_cast<int8_t>(above ? 127 : -128));
    layer.bias[static_cast<size_t>(c)] = c % 2 == 0 ? 1 << 27 : -(1 << 27);
    layer.multiplier[static_cast<size_t>(c)] = 1 << 30;
    layer.shift[static_cast<size_t>(c)] = -22;  // the largest become some 60 steps
  }
  layer.output.rounding = Rounding::kDouble;
  layer.output.zero_point = 0;
  layer.output.min = -128;
  layer.output.max = 127;
  Guarded input(row * (s.out_h + 2)), expected(static_cast<size_t>(s.out_h) * s.out_w * s.out_c);
  ConvParameters p = {layer.weights.data(), layer.bias.data(), largest_input ? -128 : 127, 0, layer.output};
  int count;
  const ConvKernel* const* kernels = ConvKernels(&count);
  for (const ConvKernel* kernel : SuitedKernels(kernels, count, s, p)) {
    if ((kernel->features & ~CpuFeatures()) != 0) continue;
    p.input_flip = kernel->unsigned_input ? kUnsignedFlip : 0;
    std::memset(input.data(), (largest_input ? 127 : 0x80) ^ p.input_flip, input.size());
    Guarded packed(kernel->packed_bytes(s, p)), scratch(kernel->scratch_bytes(s)), output(expected.size());
    kernel->pack(s, p, packed.data());
    const Image to = {kernel == kernels[0] ? expected.bytes() : output.bytes(),
                      static_cast<size_t>(s.out_w) * s.out_c};
    kernel->run(s, p, packed.data(), {input.bytes(), row}, to, 0, s.out_h, scratch.data());
    if (kernel == kernels[0] || expected.Equals(output)) continue;
    std::printf("%s: the largest sums differ\n", kernel->name);
    return false;
  }
  return true;
}

}  // namespace

int main() {
  constexpr int kCases = 1500;
  constexpr int kLeastCases = 100;
  int failures = 0, count;
  std::vector<int> cases;
  for (int seed = 0; seed < kCases; ++seed) failures += !RunCase(seed, &cases);
  failures += !WideLayerIsDense();
  failures += !LargestSumsFit(false) + !LargestSumsFit(true);
  const ConvKernel* const* kernels = ConvKernels(&count);
  for (int i = 0; i < count; ++i) {
    if (cases[static_cast<size_t>(i)] >= kLeastCases) continue;
    std::printf("%s suits %d cases, expected at least %d\n", kernels[i]->name, cases[static_cast<size_t>(i)],
                kLeastCases);
    ++failures;
  }
  return Report("conv", kernels, count, failures, kCases);
}
