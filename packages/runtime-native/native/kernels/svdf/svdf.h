// SVDF: a convolution over time as two small products. Each filter multiplies the input by its feature
// weights, remembers the last `memory` results, and multiplies these by its time weights; a unit sums its
// filters.
#pragma once
#include <cstddef>
#include <cstdint>

#include "base/requantize.h"

namespace weightfold {

// A sum of so many products of 8-bit codes stays in 32 bits.
constexpr int32_t kMaxSvdfInputs = 1 << 16;

struct SvdfShape {
  int32_t batch, inputs, filters, memory, units;  // filters / units is the rank
};

// State: int8_t or int16_t, of the remembered results and the time weights.
template <typename State>
struct SvdfParameters {
  const int8_t* feature_weights;  // [filters][inputs]
  const State* time_weights;      // [filters][memory]
  const int32_t* bias;            // [units], or null
  const int32_t*
      feature_offset;  // [filters]: minus the input's zero point × the sum of a filter's feature weights
  int32_t state_zero_point, output_zero_point;
  QuantizedScale feature, output;  // into the state, and out of the sums
};

// Computes feature_offset.
void MakeSvdfOffsets(const SvdfShape& shape, const int8_t* feature_weights, int32_t input_zero_point,
                     int32_t* offsets);

// TFLite Micro's integer rule. Shifts the state [batch][filters][memory] by one step, the oldest result out.
template <typename State>
void Svdf(const SvdfShape& shape, const SvdfParameters<State>& parameters, const int8_t* input, State* state,
          int8_t* output);

extern template void Svdf<int8_t>(const SvdfShape&, const SvdfParameters<int8_t>&, const int8_t*, int8_t*,
                                  int8_t*);
extern template void Svdf<int16_t>(const SvdfShape&, const SvdfParameters<int16_t>&, const int8_t*, int16_t*,
                                   int8_t*);

}  // namespace weightfold
