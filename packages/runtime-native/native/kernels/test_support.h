// Seeded random cases for the kernel tests: every version of a family must give the scalar version's bytes.
#pragma once
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "base/cpu.h"
#include "base/image.h"
#include "base/requantize.h"
#include "kernels/registry.h"

namespace weightfold {

// xorshift64*; the same cases on every machine.
class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed * 0x9e3779b97f4a7c15ull + 1) {}
  uint32_t Next() {
    state_ ^= state_ >> 12;
    state_ ^= state_ << 25;
    state_ ^= state_ >> 27;
    return static_cast<uint32_t>((state_ * 0x2545f4914f6cdd1dull) >> 32);
  }
  int32_t Between(int32_t low, int32_t high) {
    return low + static_cast<int32_t>(Next() % static_cast<uint32_t>(high - low + 1));
  }

 private:
  uint64_t state_;
};

// Memory aligned to 64 bytes with a guard behind it; kernels may read 64 bytes of the guard but write none.
class Guarded {
 public:
  explicit Guarded(size_t bytes) : bytes_(bytes) {
    memory_ = static_cast<uint8_t*>(std::aligned_alloc(64, (bytes + 64 + 63) / 64 * 64 + 64));
    std::memset(memory_, 0xa5, bytes + 64);
  }
  Guarded(const Guarded&) = delete;
  Guarded& operator=(const Guarded&) = delete;
  ~Guarded() { std::free(memory_); }
  uint8_t* bytes() { return memory_; }
  void* data() { return memory_; }
  size_t size() const { return bytes_; }
  bool intact() const {
    for (size_t i = 0; i < 64; ++i) {
      if (memory_[bytes_ + i] != 0xa5) return false;
    }
    return true;
  }
  void FillRandom(Random* random) {
    for (size_t i = 0; i < bytes_; ++i) memory_[i] = static_cast<uint8_t>(random->Next());
  }
  // The ends of the ranges of int8 and uint8, where sums of products are largest.
  void FillExtremes(Random* random) {
    constexpr uint8_t kEnds[] = {0x00, 0x7f, 0x80, 0xff};
    for (size_t i = 0; i < bytes_; ++i) memory_[i] = kEnds[random->Next() % 4];
  }
  void FillFlipped(const Guarded& from, uint8_t flip) {
    for (size_t i = 0; i < bytes_; ++i) memory_[i] = from.memory_[i] ^ flip;
  }
  bool Equals(const Guarded& other) const { return std::memcmp(memory_, other.memory_, bytes_) == 0; }

 private:
  size_t bytes_;
  uint8_t* memory_;
};

// Mostly zero, as in most models.
inline int32_t RandomWeightZeroPoint(Random* random) {
  return random->Between(0, 3) == 0 ? random->Between(-128, 127) : 0;
}

inline uint8_t RandomFlip(Random* random) { return random->Between(0, 1) ? kUnsignedFlip : 0; }

// Weights, bias and multipliers of a random layer. Every fourth layer has powers of two as multipliers, so
// that exact ties, where the rounding rules differ, are frequent; every eighth has extreme values, where
// estimates must not be used. In every fourth layer a third of the channels has no weights. In every eighth
// all weights are at the ends of their range, in half of these with -128.
class RandomLayer {
 public:
  RandomLayer(Random* random, size_t weight_count, int32_t channels, double expected_sum,
              bool channels_last = false)
      : weights(weight_count), bias(channels), multiplier(channels), shift(channels), scale(channels) {
    for (int8_t& w : weights) w = static_cast<int8_t>(random->Between(-127, 127));
    if (random->Between(0, 7) == 0) {
      const int32_t least = random->Between(-128, -127);
      for (int8_t& w : weights) w = static_cast<int8_t>(random->Between(0, 1) ? least : 127);
    }
    const bool ties = random->Between(0, 3) == 0, extreme = random->Between(0, 7) == 0;
    int32_t typical = 0;
    while (expected_sum > 64) {
      expected_sum /= 2;
      --typical;
    }
    for (int32_t c = 0; c < channels; ++c) {
      bias[c] = extreme ? static_cast<int32_t>(random->Next()) : random->Between(-20000, 20000);
      multiplier[c] = ties ? 1 << 30 : static_cast<int32_t>((1u << 30) + random->Next() % (1u << 30));
      shift[c] = extreme ? random->Between(-31, 12) : typical + random->Between(-2, 2);
      scale[c] = static_cast<float>(std::ldexp(static_cast<double>(multiplier[c]), shift[c] - 31));
    }
    has_bias = random->Between(0, 4) != 0;
    const bool dead = random->Between(0, 3) == 0;  // training leaves such channels behind
    for (int32_t c = 0; dead && c < channels; c += 3) {
      bias[c] = (c % 2 ? 1 : -1) * (1 << random->Between(0, 30));
      shift[c] = random->Between(-31, 0);
      const size_t depth = weight_count / channels;
      for (size_t k = 0; k < depth; ++k) weights[channels_last ? k * channels + c : c * depth + k] = 0;
    }
    const int32_t low = random->Between(0, 1) ? -128 : random->Between(-128, 0);
    output = {static_cast<Rounding>(random->Between(0, 2)),
              random->Between(-128, 127),
              low,
              random->Between(0, 1) ? 127 : random->Between(low, 127),
              multiplier.data(),
              shift.data(),
              scale.data(),
              RandomFlip(random)};
  }

  std::vector<int8_t> weights;
  std::vector<int32_t> bias, multiplier, shift;
  std::vector<float> scale;
  bool has_bias;
  Requantization output;
};

// The versions that suit a layer.
template <typename Kernel, typename Shape, typename Parameters>
std::vector<const Kernel*> SuitedKernels(const Kernel* const* kernels, int count, const Shape& shape,
                                         const Parameters& parameters) {
  std::vector<const Kernel*> suited;
  for (int i = 0; i < count; ++i) {
    if (Suits(*kernels[i], shape, parameters)) suited.push_back(kernels[i]);
  }
  return suited;
}

// Runs every version that this CPU has on one case and compares with the scalar one, which is the first.
// Versions that want it get the input as uint8, or as int8. run(kernel, parameters, packed, input, output,
// scratch, first) calls a kernel; `first` is for the scalar one, the others should split the work.
template <typename Kernel, typename Shape, typename Parameters, typename Run>
bool CompareKernels(const Kernel* const* kernels, int count, const Shape& shape, const Parameters& parameters,
                    size_t input_bytes, size_t output_bytes, Random* random, int seed, Run run) {
  Guarded input(input_bytes), expected(output_bytes);
  random->Between(0, 3) ? input.FillRandom(random) : input.FillExtremes(random);
  for (int i = 0; i < count; ++i) {
    const Kernel& kernel = *kernels[i];
    if ((kernel.features & ~CpuFeatures()) != 0) continue;
    if (parameters.weight_zero_point != 0 && (kernel.features & ~kZeroPointFeatures) != 0) continue;
    Parameters p = parameters;
    if (kernel.unsigned_input) p.input_flip = kUnsignedFlip;
    if (kernel.signed_input) p.input_flip = 0;
    Guarded packed(kernel.packed_bytes(shape, p)), scratch(kernel.scratch_bytes(shape)), output(output_bytes);
    Guarded stored(input_bytes);
    stored.FillFlipped(input, p.input_flip ^ parameters.input_flip);
    kernel.pack(shape, p, packed.data());
    Guarded& to = i == 0 ? expected : output;
    run(kernel, p, packed.data(), stored.bytes(), to.bytes(), scratch.data(), i == 0);
    const bool guards = packed.intact() && scratch.intact() && to.intact();
    if (!guards || (i > 0 && !expected.Equals(output))) {
      std::printf("seed %d: %s %s\n", seed, kernel.name,
                  guards ? "differs from scalar" : "writes out of bounds");
      return false;
    }
  }
  return true;
}

// The same for convolutions on one image whose rows lie apart; the gaps must stay as they are.
template <typename Kernel, typename Shape, typename Parameters>
bool CompareWindows(const Kernel* const* kernels, int count, const Shape& s, const Parameters& parameters,
                    int32_t in_c, int32_t out_c, Random* random, int seed) {
  const size_t height = (s.out_h - 1) * s.stride_h + (s.kernel_h - 1) * s.dilation_h + 1;
  const size_t width = (s.out_w - 1) * s.stride_w + (s.kernel_w - 1) * s.dilation_w + 1;
  const size_t in_gap = random->Between(0, 2) ? 0 : random->Between(1, 70);
  const size_t out_gap = random->Between(0, 2) ? 0 : random->Between(1, 70);
  const size_t in_row = width * in_c + in_gap, out_row = static_cast<size_t>(s.out_w) * out_c + out_gap;
  const int32_t split = random->Between(0, s.out_h);
  const auto run = [&](const Kernel& kernel, const Parameters& p, const void* packed, const uint8_t* input,
                       uint8_t* output, void* scratch, bool first) {
    const ConstImage from = {input, in_row};
    const Image to = {output, out_row};
    if (first || split == 0) return kernel.run(s, p, packed, from, to, 0, s.out_h, scratch);
    if (split < s.out_h) kernel.run(s, p, packed, from, to, split, s.out_h, scratch);
    kernel.run(s, p, packed, from, to, 0, split, scratch);
  };
  return CompareKernels(kernels, count, s, parameters, in_row * height - in_gap, out_row * s.out_h, random,
                        seed, run);
}

template <typename Kernel>
int Report(const char* family, const Kernel* const* kernels, int count, int failures, int cases) {
  std::printf("%s, %d cases:", family, cases);
  for (int i = 0; i < count; ++i) {
    std::printf(" %s%s", kernels[i]->name,
                (kernels[i]->features & ~CpuFeatures()) ? " (not on this CPU)" : "");
  }
  std::printf("; %d failed\n", failures);
  return failures == 0 ? 0 : 1;
}

}  // namespace weightfold
