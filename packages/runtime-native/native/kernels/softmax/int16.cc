#include "kernels/softmax/int16.h"

namespace weightfold {
namespace {

int16_t Saturate(int32_t x) { return static_cast<int16_t>(ClampInt(x, INT16_MIN, INT16_MAX)); }

// 128 codes between two entries.
int16_t LookUp(const int16_t* table, int16_t code) {
  const int32_t entry = 256 + (code >> 7), fraction = code & 127;
  const int32_t slope = static_cast<int16_t>(table[entry + 1] - table[entry]);
  return static_cast<int16_t>(table[entry] + ((slope * fraction + 64) >> 7));
}

void SoftmaxRow(const Softmax16Parameters& p, const int16_t* x, int16_t* y) {
  int32_t largest = INT16_MIN;
  for (int32_t i = 0; i < p.depth; ++i) largest = MaxInt(largest, x[i]);
  int32_t sum = 0;
  for (int32_t i = 0; i < p.depth; ++i) {
    y[i] = LookUp(p.exp, Saturate(WrappingAdd(Scale(x[i] - largest, p.input), INT16_MAX)));
    sum = WrappingAdd(sum, y[i]);
  }
  // sum × 2^shift lies in [2^30, 2^31): as 1 + x in steps of 2^-16, and x around the middle of the table.
  const int32_t shift = sum > 0 ? __builtin_clz(static_cast<uint32_t>(sum)) - 1 : 0;
  const int32_t scaled = static_cast<int32_t>(((static_cast<int64_t>(sum) << shift) + (1 << 13)) >> 14);
  const int16_t reciprocal = LookUp(p.reciprocal, Saturate(scaled - (1 << 15) - (1 << 16)));
  const int32_t right = MaxInt(1, 30 - shift);
  for (int32_t i = 0; i < p.depth; ++i) {
    const int64_t product = static_cast<int64_t>(y[i]) * reciprocal + (1ll << (right - 1));
    y[i] = static_cast<int16_t>(ClampInt(static_cast<int32_t>(product >> right), 0, INT16_MAX));
  }
}

}  // namespace

void Softmax16(const Softmax16Parameters& p, const int16_t* input, int16_t* output, int32_t begin,
               int32_t end) {
  for (int32_t row = begin; row < end; ++row) {
    const size_t first = static_cast<size_t>(row) * p.depth;
    SoftmaxRow(p, input + first, output + first);
  }
}

}  // namespace weightfold
