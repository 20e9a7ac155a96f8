// State: [batch][filters][memory], the oldest result first. Packed: for each filter, minus the input's zero
// point × the sum of its feature weights.
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

// Modulo 2^32, the zero point can be taken from the sum: then compilers vectorize this, too.
template <typename State>
int32_t DotState(const State* weights, const State* state, int32_t zero_point, int32_t n) {
  int32_t sum = 0, weight_sum = 0;
  for (int32_t i = 0; i < n; ++i) sum = WrappingAdd(sum, weights[i] * state[i]);
  if (zero_point == 0) return sum;
  for (int32_t i = 0; i < n; ++i) weight_sum = WrappingAdd(weight_sum, weights[i]);
  return WrappingAdd(sum, WrappingMultiply(-zero_point, weight_sum));
}

// Remembers what the filters make of one input.
template <typename State>
void Remember(const SvdfShape& s, const SvdfParameters& p, const int32_t* offsets, const int8_t* input,
              State* state) {
  constexpr int32_t kMin = sizeof(State) == 1 ? INT8_MIN : INT16_MIN;
  constexpr int32_t kMax = sizeof(State) == 1 ? INT8_MAX : INT16_MAX;
  const int8_t* feature = p.feature_weights;
  for (int32_t filter = 0; filter < s.filters; ++filter, feature += s.inputs, state += s.memory) {
    const int32_t sum = WrappingAdd(offsets[filter], DotCodes(feature, input, s.inputs));
    // The zero point comes after the clamp and may wrap around: so do the published builds.
    state[s.memory - 1] =
        static_cast<State>(ClampInt(Scale(sum, p.feature), kMin, kMax) + p.state_zero_point);
  }
}

template <typename State>
void SumOverTime(const SvdfShape& s, const SvdfParameters& p, const State* state, int8_t* output) {
  const int32_t rank = s.filters / s.units;
  const State* time = static_cast<const State*>(p.time_weights);
  for (int32_t unit = 0; unit < s.units; ++unit) {
    int32_t sum = p.bias ? p.bias[unit] : 0;
    for (int32_t i = 0; i < rank; ++i, time += s.memory, state += s.memory) {
      sum = WrappingAdd(sum, DotState(time, state, p.state_zero_point, s.memory));
    }
    const int32_t code = WrappingAdd(Scale(sum, p.output), p.output_zero_point);
    output[unit] = static_cast<int8_t>(ClampInt(code, INT8_MIN, INT8_MAX));
  }
}

template <typename State>
void RunOf(const SvdfShape& s, const SvdfParameters& p, const int32_t* offsets, const int8_t* input,
           State* state, int8_t* output) {
  const size_t remembered = static_cast<size_t>(s.filters) * s.memory;
  // All filters at once: what comes from the next one is overwritten.
  std::memmove(state, state + 1, (s.batch * remembered - 1) * sizeof(State));
  for (int32_t n = 0; n < s.batch; ++n, input += s.inputs, state += remembered, output += s.units) {
    // One after the other, not filter by filter: a load right after a smaller store would wait for it.
    Remember(s, p, offsets, input, state);
    SumOverTime(s, p, state, output);
  }
}

size_t PackedBytes(const SvdfShape& s) { return static_cast<size_t>(s.filters) * sizeof(int32_t); }

void Pack(const SvdfShape& s, const SvdfParameters& p, void* packed) {
  int32_t* offsets = static_cast<int32_t*>(packed);
  const int8_t* weights = p.feature_weights;
  for (int32_t filter = 0; filter < s.filters; ++filter, weights += s.inputs) {
    int32_t sum = 0;
    for (int32_t i = 0; i < s.inputs; ++i) sum += weights[i];
    offsets[filter] = WrappingMultiply(-p.input_zero_point, sum);
  }
}

void Run(const SvdfShape& s, const SvdfParameters& p, const void* packed, const int8_t* input, void* state,
         int8_t* output) {
  const int32_t* offsets = static_cast<const int32_t*>(packed);
  if (s.state_bytes == 1) return RunOf(s, p, offsets, input, static_cast<int8_t*>(state), output);
  RunOf(s, p, offsets, input, static_cast<int16_t*>(state), output);
}

}  // namespace

extern const SvdfKernel kSvdfScalar;
const SvdfKernel kSvdfScalar = {"scalar", 0, PackedBytes, Pack, Run};

}  // namespace weightfold
