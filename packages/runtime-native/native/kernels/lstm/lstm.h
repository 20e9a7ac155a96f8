// A long short-term memory layer without peepholes, projection and layer normalization, over a sequence.
#pragma once
#include <cstddef>
#include <cstdint>

#include "base/requantize.h"
#include "kernels/sigmoid/sigmoid.h"

namespace weightfold {

struct LstmShape {
  int32_t batch, steps, inputs, cells;
  bool time_major;  // [steps][batch][inputs] instead of [batch][steps][inputs]; the output alike
};

enum LstmGateName { kInputGate, kForgetGate, kCellGate, kOutputGate, kLstmGates };

// Sum: int32_t with int8 activations, int64_t with int16 activations.
template <typename Sum>
struct LstmGate {
  const int8_t* input_weights;      // [cells][inputs]
  const int8_t* recurrent_weights;  // [cells][cells]
  const Sum* bias;                  // [cells], or null
  QuantizedScale input, recurrent;  // to multiples of 2^-12
};

template <typename Sum>
struct LstmParameters {
  LstmGate<Sum> gates[kLstmGates];
  int32_t input_zero_point, output_zero_point;  // the hidden state is quantized like the output
  QuantizedScale forget_cell, input_cell, output;
  SigmoidScale cell;  // of the cell state, for tanh
  int32_t cell_clip;  // in codes; 0: none
  SigmoidTable sigmoid;
};

inline size_t LstmScratchBytes(const LstmShape& shape) {
  return sizeof(int16_t) * kLstmGates * static_cast<size_t>(shape.cells);
}

// TFLite Micro's integer rule. hidden: [batch][cells]; cell: [batch][cells], symmetric int16.
template <typename Activation, typename Sum>
void Lstm(const LstmShape& shape, const LstmParameters<Sum>& parameters, const Activation* input,
          Activation* hidden, int16_t* cell, Activation* output, void* scratch);

extern template void Lstm(const LstmShape&, const LstmParameters<int32_t>&, const int8_t*, int8_t*, int16_t*,
                          int8_t*, void*);
extern template void Lstm(const LstmShape&, const LstmParameters<int64_t>&, const int16_t*, int16_t*,
                          int16_t*, int16_t*, void*);

}  // namespace weightfold
