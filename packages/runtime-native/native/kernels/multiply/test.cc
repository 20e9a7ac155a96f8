#include "kernels/multiply/multiply.h"

#include "kernels/test_support.h"

using namespace weightfold;

namespace {

// Every fourth case has a power of two as its factor, so that exact ties are frequent; every eighth any
// shift.
MultiplyParameters RandomParameters(Random* random) {
  MultiplyParameters p = {};
  for (int32_t& zero_point : p.zero_point) zero_point = random->Between(-128, 127);
  p.output_zero_point = random->Between(-128, 127);
  const bool ties = random->Between(0, 3) == 0, extreme = random->Between(0, 7) == 0;
  p.output_multiplier = ties ? 1 << 30 : static_cast<int32_t>((1u << 30) + random->Next() % (1u << 30));
  p.output_shift = extreme ? random->Between(-31, 30) : random->Between(-10, -3);
  p.min = random->Between(0, 1) ? -128 : random->Between(-128, 0);
  p.max = random->Between(0, 1) ? 127 : random->Between(p.min, 127);
  return p;
}

// All 65,536 pairs of codes, cut at a random length; or one code by all.
bool RunCase(int seed) {
  Random random(static_cast<uint64_t>(seed));
  const MultiplyParameters p = RandomParameters(&random);
  const size_t count = static_cast<size_t>(65536 - random.Between(0, 40));
  const int32_t repeated = random.Between(0, 2);  // the input that repeats; 2: none
  Guarded a(count), b(count), expected(count);
  for (size_t i = 0; i < count; ++i) {
    a.bytes()[i] = static_cast<uint8_t>(i + static_cast<size_t>(seed));
    b.bytes()[i] = static_cast<uint8_t>(i >> 8);
  }
  const auto run = [&](const MultiplyKernel& kernel, const void* packed, Guarded* x, Guarded* y,
                       Guarded* to) {
    kernel.run(p, packed, static_cast<int8_t*>(x->data()), repeated != 0, static_cast<int8_t*>(y->data()),
               repeated != 1, static_cast<int8_t*>(to->data()), count);
  };
  int kernels;
  const MultiplyKernel* const* list = MultiplyKernels(&kernels);
  run(*list[0], nullptr, &a, &b, &expected);
  for (int i = 1; i < kernels; ++i) {
    if ((list[i]->features & ~CpuFeatures()) != 0) continue;
    Guarded output(count), packed(list[i]->packed_bytes);
    list[i]->pack(p, packed.data());
    run(*list[i], packed.data(), &a, &b, &output);
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
  const MultiplyKernel* const* kernels = MultiplyKernels(&count);
  return Report("multiply", kernels, count, failures, kCases);
}
