#include <cstring>

#include "kernels/svdf/svdf.h"

namespace weightfold {
namespace {

// Without zero points: compilers vectorize it.
int32_t DotCodes(const int8_t* a, const int8_t* b, int32_t n) {
  int32_t sum = 0;
  for (int32_t i = 0; i < n; ++i) sum += a[i] * b[i];
  return sum;
}

template <typename State>
int32_t DotState(const State* weights, const State* state, int32_t zero_point, int32_t n) {
  int32_t sum = 0;
  for (int32_t i = 0; i < n; ++i) {
    sum = WrappingAdd(sum, WrappingMultiply(weights[i], state[i] - zero_point));
  }
  return sum;
}

}  // namespace

void MakeSvdfOffsets(const SvdfShape& s, const int8_t* feature_weights, int32_t input_zero_point,
                     int32_t* offsets) {
  for (int32_t filter = 0; filter < s.filters; ++filter, feature_weights += s.inputs) {
    int32_t sum = 0;
    for (int32_t i = 0; i < s.inputs; ++i) sum += feature_weights[i];
    offsets[filter] = WrappingMultiply(-input_zero_point, sum);
  }
}

template <typename State>
void Svdf(const SvdfShape& s, const SvdfParameters<State>& p, const int8_t* input, State* state,
          int8_t* output) {
  constexpr int32_t kMin = sizeof(State) == 1 ? INT8_MIN : INT16_MIN;
  constexpr int32_t kMax = sizeof(State) == 1 ? INT8_MAX : INT16_MAX;
  const int32_t rank = s.filters / s.units;
  for (int32_t n = 0; n < s.batch; ++n, input += s.inputs) {
    for (int32_t unit = 0; unit < s.units; ++unit) {
      int32_t sum = p.bias ? p.bias[unit] : 0;
      for (int32_t filter = unit * rank; filter < (unit + 1) * rank; ++filter, state += s.memory) {
        const int8_t* feature = p.feature_weights + static_cast<size_t>(filter) * s.inputs;
        const int32_t sum_of_inputs =
            WrappingAdd(p.feature_offset[filter], DotCodes(feature, input, s.inputs));
        const int32_t result = Scale(sum_of_inputs, p.feature);
        std::memmove(state, state + 1, static_cast<size_t>(s.memory - 1) * sizeof(State));
        // The zero point comes after the clamp and may wrap around: so do the published builds.
        state[s.memory - 1] = static_cast<State>(ClampInt(result, kMin, kMax) + p.state_zero_point);
        const State* time = p.time_weights + static_cast<size_t>(filter) * s.memory;
        sum = WrappingAdd(sum, DotState(time, state, p.state_zero_point, s.memory));
      }
      const int32_t code = WrappingAdd(Scale(sum, p.output), p.output_zero_point);
      *output++ = static_cast<int8_t>(ClampInt(code, INT8_MIN, INT8_MAX));
    }
  }
}

template void Svdf<int8_t>(const SvdfShape&, const SvdfParameters<int8_t>&, const int8_t*, int8_t*, int8_t*);
template void Svdf<int16_t>(const SvdfShape&, const SvdfParameters<int16_t>&, const int8_t*, int16_t*,
                            int8_t*);

}  // namespace weightfold
