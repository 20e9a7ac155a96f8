#include "kernels/add/add.h"

#include "kernels/test_support.h"

using namespace weightfold;

namespace {

// TFLite's QuantizeMultiplier, for factors below one.
void Quantize(double real, int32_t* multiplier, int32_t* shift) {
  const double fraction = std::frexp(real, shift);
  const int64_t rounded = static_cast<int64_t>(std::round(fraction * 2147483648.0));
  *multiplier = rounded == (1ll << 31) ? 1 << 30 : static_cast<int32_t>(rounded);
  *shift += rounded == (1ll << 31);
}

// Scales as models have them, from nearly equal to very unequal ones.
AddParameters RandomParameters(Random* random) {
  double scale[3];
  for (double& s : scale) s = std::ldexp(1.0 + random->Between(0, 1000) / 1000.0, random->Between(-6, -3));
  const double twice = 2 * (scale[0] > scale[1] ? scale[0] : scale[1]);
  AddParameters p = {};
  p.left_shift = 20;
  for (int i = 0; i < 2; ++i) {
    p.zero_point[i] = random->Between(-128, 127);
    Quantize(scale[i] / twice, &p.multiplier[i], &p.shift[i]);
  }
  Quantize(twice / (1048576.0 * scale[2]), &p.output_multiplier, &p.output_shift);
  p.output_zero_point = random->Between(-128, 127);
  p.min = random->Between(0, 1) ? -128 : random->Between(-128, 0);
  p.max = random->Between(0, 1) ? 127 : random->Between(p.min, 127);
  for (uint8_t* flip : {&p.flip[0], &p.flip[1], &p.output_flip}) *flip = RandomFlip(random);
  return p;
}

// All 65,536 pairs of codes, cut at a random length.
bool RunCase(int seed) {
  Random random(static_cast<uint64_t>(seed));
  const AddParameters p = RandomParameters(&random);
  const size_t count = static_cast<size_t>(65536 - random.Between(0, 40));
  Guarded a(count), b(count), expected(count);
  for (size_t i = 0; i < count; ++i) {
    a.bytes()[i] = static_cast<uint8_t>(i);
    b.bytes()[i] = static_cast<uint8_t>(i >> 8);
  }
  int kernels;
  const AddKernel* const* list = AddKernels(&kernels);
  list[0]->run(p, nullptr, a.bytes(), b.bytes(), expected.bytes(), count);
  for (int i = 1; i < kernels; ++i) {
    if ((list[i]->features & ~CpuFeatures()) != 0) continue;
    Guarded output(count), packed(list[i]->packed_bytes);
    list[i]->pack(p, packed.data());
    list[i]->run(p, packed.data(), a.bytes(), b.bytes(), output.bytes(), count);
    if (!output.intact() || !packed.intact() || !expected.Equals(output)) {
      std::printf("seed %d: %s differs from scalar\n", seed, list[i]->name);
      return false;
    }
  }
  return true;
}

}  // namespace

int main() {
  constexpr int kCases = 300;
  int failures = 0, count;
  for (int seed = 0; seed < kCases; ++seed) failures += !RunCase(seed);
  const AddKernel* const* kernels = AddKernels(&count);
  return Report("add", kernels, count, failures, kCases);
}
