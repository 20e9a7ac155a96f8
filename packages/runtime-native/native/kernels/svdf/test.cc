#include "kernels/svdf/svdf.h"

#include "kernels/test_support.h"

using namespace weightfold;

namespace {

// Every fourth case has a power of two as its factor, so that exact ties are frequent; every eighth any
// shift.
QuantizedScale RandomScale(Random* random, int32_t least_shift, int32_t most_shift) {
  const bool ties = random->Between(0, 3) == 0, extreme = random->Between(0, 7) == 0;
  return {ties ? 1 << 30 : static_cast<int32_t>((1u << 30) + random->Next() % (1u << 30)),
          extreme ? random->Between(-31, 30) : random->Between(least_shift, most_shift)};
}

// Shapes of two in three cases are those that vectors take: units a multiple of 8, rank 1 or 2.
SvdfShape RandomShape(Random* random) {
  SvdfShape s = {};
  s.batch = random->Between(1, 2);
  s.inputs = random->Between(1, 41);
  s.memory = random->Between(1, 12);
  s.units = random->Between(0, 2) == 0 ? random->Between(1, 20) : 8 * random->Between(1, 6);
  s.filters = s.units * random->Between(1, random->Between(0, 3) == 0 ? 3 : 2);
  s.state_bytes = random->Between(1, 2);
  return s;
}

// The sum of so many random products is some 2^14 (2^22 for states of 16 bits) × the root of their number.
bool RunCase(int seed) {
  Random random(static_cast<uint64_t>(seed));
  const SvdfShape s = RandomShape(&random);
  const bool wide = s.state_bytes == 2;
  const size_t state_bytes = static_cast<size_t>(s.batch * s.filters * s.memory * s.state_bytes);
  Guarded features(static_cast<size_t>(s.filters * s.inputs)), bias(sizeof(int32_t) * s.units);
  Guarded times(static_cast<size_t>(s.filters * s.memory * s.state_bytes));
  if (random.Between(0, 3) == 0) {
    features.FillExtremes(&random);
    times.FillExtremes(&random);
  } else {
    features.FillRandom(&random);
    times.FillRandom(&random);
  }
  bias.FillRandom(&random);
  SvdfParameters p = {};
  p.feature_weights = static_cast<const int8_t*>(features.data());
  p.time_weights = times.data();
  p.bias = random.Between(0, 1) ? static_cast<const int32_t*>(bias.data()) : nullptr;
  p.input_zero_point = random.Between(-128, 127);
  p.state_zero_point = random.Between(0, 1) ? 0 : random.Between(-128, 127);
  p.output_zero_point = random.Between(-128, 127);
  p.feature = RandomScale(&random, wide ? -3 : -12, wide ? 1 : -8);
  p.output = RandomScale(&random, wide ? -20 : -12, wide ? -14 : -7);

  int count;
  const SvdfKernel* const* kernels = SvdfKernels(&count);
  const auto suited = SuitedKernels(kernels, count, s, p);
  constexpr int kSteps = 14;  // more than any memory
  Guarded inputs(static_cast<size_t>(kSteps * s.batch * s.inputs));
  inputs.FillRandom(&random);
  const size_t outputs = static_cast<size_t>(s.batch * s.units);
  Guarded expected(kSteps * outputs);
  const auto run = [&](const SvdfKernel& kernel, Guarded* output) {
    Guarded state(state_bytes), packed(kernel.packed_bytes(s));
    for (size_t i = 0; i < state_bytes / s.state_bytes; ++i) {
      if (wide)
        static_cast<int16_t*>(state.data())[i] = static_cast<int16_t>(p.state_zero_point);
      else
        static_cast<int8_t*>(state.data())[i] = static_cast<int8_t>(p.state_zero_point);
    }
    kernel.pack(s, p, packed.data());
    for (int step = 0; step < kSteps; ++step) {
      kernel.run(s, p, packed.data(), static_cast<const int8_t*>(inputs.data()) + step * s.batch * s.inputs,
                 state.data(), static_cast<int8_t*>(output->data()) + step * static_cast<int>(outputs));
    }
    return state.intact() && packed.intact() && output->intact();
  };
  if (!run(*suited[0], &expected)) return false;
  for (const SvdfKernel* kernel : suited) {
    if ((kernel->features & ~CpuFeatures()) != 0) continue;
    Guarded output(kSteps * outputs);
    if (!run(*kernel, &output) || !expected.Equals(output)) {
      std::printf("seed %d: %s differs from scalar\n", seed, kernel->name);
      return false;
    }
  }
  return true;
}

}  // namespace

int main() {
  constexpr int kCases = 2000;
  int failures = 0, count;
  for (int seed = 0; seed < kCases; ++seed) failures += !RunCase(seed);
  const SvdfKernel* const* kernels = SvdfKernels(&count);
  return Report("svdf", kernels, count, failures, kCases);
}
