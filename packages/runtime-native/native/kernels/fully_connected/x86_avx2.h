// What the AVX2 kernels for fully connected layers have in common: inputs as bytes beside their absolute
// values, a step of four of them, blocks of 32 output channels. Include only from x86_*avx2.cc files here.
#pragma once
#include "kernels/common/x86_avx2.h"
#include "kernels/fully_connected/fully_connected.h"

namespace weightfold {
namespace {

using Channels = ChannelBlock<32>;
constexpr int32_t kBlock = 32;
constexpr int kPrefetch = 1024;  // bytes ahead

inline size_t Steps(const FullyConnectedShape& s) { return (static_cast<size_t>(s.in) + 3) / 4; }

// From an input to its absolute value.
inline size_t AbsoluteOffset(const FullyConnectedShape& s) { return RoundUp(Steps(s) * 4, 64); }

// Inputs of a row as the steps want them: bytes and their absolute values, or 16-bit numbers.
inline size_t ScratchBytes(const FullyConnectedShape& s) { return AbsoluteOffset(s) * 2; }

// Fills a channel's place of its block. Inputs are signed here.
inline void PackChannel(const FullyConnectedShape& s, const FullyConnectedParameters& p, int32_t channel,
                        int32_t place, Channels* channels, Header* header) {
  const int32_t bias = BiasOf(p.bias, channel);
  AccumulatorRange range(bias, p.input_zero_point);
  range.AddAll(p.weights + static_cast<size_t>(channel) * s.in, static_cast<size_t>(s.in),
               p.weight_zero_point);
  SetChannel(channels, place, channel, bias, range, p.output, header);
  channels->bias[place] = WrappingAdd(channels->bias[place], WrappingMultiply(128, range.weight_sum()));
}

// Bytes, and behind them their absolute values. Reads up to 31 bytes after the input.
inline void SplitInputs(const FullyConnectedShape& s, const uint8_t* input, uint8_t flip, uint8_t* to) {
  const size_t bytes = AbsoluteOffset(s);
  const __m256i mask = _mm256_set1_epi8(static_cast<int8_t>(flip));
  for (size_t i = 0; i < static_cast<size_t>(s.in); i += 32) {
    const __m256i codes = _mm256_xor_si256(LoadVector(input + i), mask);
    _mm256_store_si256(reinterpret_cast<__m256i*>(to + i), codes);
    _mm256_store_si256(reinterpret_cast<__m256i*>(to + bytes + i), _mm256_abs_epi8(codes));
  }
}

// Four products each in eight sums, of weights from -127 up with inputs and their absolute values.
WEIGHTFOLD_INLINE __m256i MultiplyBytes(__m256i weights, __m256i inputs, __m256i absolute) {
  return _mm256_madd_epi16(_mm256_maddubs_epi16(absolute, _mm256_sign_epi8(weights, inputs)),
                           _mm256_set1_epi16(1));
}

// A row of inputs, and what is added to every sum for a zero point of the weights.
struct Row {
  const uint8_t* inputs;
  int32_t correction;
};

// Stores the first `channels` (1 to 32) codes.
WEIGHTFOLD_INLINE void StoreCodes(__m256i codes, uint8_t* output, int32_t channels) {
  StoreFirst(output, _mm256_castsi256_si128(codes), MinInt(16, channels));
  if (channels > 16) StoreFirst(output + 16, _mm256_extracti128_si256(codes, 1), channels - 16);
}

}  // namespace
}  // namespace weightfold
