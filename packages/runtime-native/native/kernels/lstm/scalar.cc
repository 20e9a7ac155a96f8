#include <cstring>

#include "kernels/lstm/lstm.h"

namespace weightfold {
namespace {

constexpr SigmoidScale kGateScale = {3, 0};  // multiples of 2^-12

int16_t Saturate(int32_t x) { return static_cast<int16_t>(ClampInt(x, INT16_MIN, INT16_MAX)); }

int32_t MultiplyAdd(int32_t sum, int32_t w, int32_t x) { return WrappingAdd(sum, w * x); }
int64_t MultiplyAdd(int64_t sum, int32_t w, int32_t x) { return sum + w * x; }

// A fully connected layer's output for one cell.
template <typename Activation, typename Sum>
int32_t Connect(const int8_t* weights, const Activation* x, int32_t zero_point, int32_t n, Sum bias,
                QuantizedScale scale) {
  Sum sum = bias;
  for (int32_t i = 0; i < n; ++i) sum = MultiplyAdd(sum, weights[i], x[i] - zero_point);
  return Saturate(Scale(sum, scale));
}

template <typename Activation, typename Sum>
class Step {
 public:
  Step(const LstmShape& s, const LstmParameters<Sum>& p) : s_(s), p_(p) {}

  // Takes the inputs of one step; the hidden state and the cells go on by it.
  void Run(const Activation* x, Activation* hidden, int16_t* cell, int16_t* gates) const {
    for (int32_t c = 0; c < s_.cells; ++c) {
      for (int gate = 0; gate < kLstmGates; ++gate) {
        const int16_t sum = GateInput(p_.gates[gate], x, hidden, c);
        gates[gate * s_.cells + c] =
            gate == kCellGate ? Tanh(p_.sigmoid, kGateScale, sum) : Logistic(p_.sigmoid, kGateScale, sum);
      }
    }
    for (int32_t c = 0; c < s_.cells; ++c) {
      cell[c] = NextCell(cell[c], gates + c);
      hidden[c] = NextHidden(cell[c], gates[kOutputGate * s_.cells + c]);
    }
  }

 private:
  int16_t GateInput(const LstmGate<Sum>& gate, const Activation* x, const Activation* hidden,
                    int32_t c) const {
    const int8_t* input = gate.input_weights + static_cast<size_t>(c) * s_.inputs;
    const int8_t* recurrent = gate.recurrent_weights + static_cast<size_t>(c) * s_.cells;
    const Sum bias = gate.bias ? gate.bias[c] : 0;
    return Saturate(
        Connect<Activation, Sum>(input, x, p_.input_zero_point, s_.inputs, bias, gate.input) +
        Connect<Activation, Sum>(recurrent, hidden, p_.output_zero_point, s_.cells, 0, gate.recurrent));
  }

  int16_t NextCell(int16_t cell, const int16_t* gates) const {
    const int32_t kept = Saturate(Scale(gates[kForgetGate * s_.cells] * cell, p_.forget_cell));
    const int32_t added =
        Saturate(Scale(gates[kInputGate * s_.cells] * gates[kCellGate * s_.cells], p_.input_cell));
    const int16_t sum = Saturate(kept + added);
    return p_.cell_clip > 0 ? static_cast<int16_t>(ClampInt(sum, -p_.cell_clip, p_.cell_clip)) : sum;
  }

  Activation NextHidden(int16_t cell, int16_t gate) const {
    constexpr int32_t kMin = sizeof(Activation) == 1 ? INT8_MIN : INT16_MIN;
    constexpr int32_t kMax = sizeof(Activation) == 1 ? INT8_MAX : INT16_MAX;
    const int32_t scaled = Scale(Tanh(p_.sigmoid, p_.cell, cell) * gate, p_.output);
    return static_cast<Activation>(ClampInt(WrappingAdd(scaled, p_.output_zero_point), kMin, kMax));
  }

  const LstmShape& s_;
  const LstmParameters<Sum>& p_;
};

}  // namespace

template <typename Activation, typename Sum>
void Lstm(const LstmShape& s, const LstmParameters<Sum>& p, const Activation* input, Activation* hidden,
          int16_t* cell, Activation* output, void* scratch) {
  const Step<Activation, Sum> step(s, p);
  for (int32_t n = 0; n < s.batch; ++n, hidden += s.cells, cell += s.cells) {
    for (int32_t t = 0; t < s.steps; ++t) {
      const size_t row =
          s.time_major ? static_cast<size_t>(t) * s.batch + n : static_cast<size_t>(n) * s.steps + t;
      step.Run(input + row * s.inputs, hidden, cell, static_cast<int16_t*>(scratch));
      std::memcpy(output + row * s.cells, hidden, static_cast<size_t>(s.cells) * sizeof(Activation));
    }
  }
}

template void Lstm(const LstmShape&, const LstmParameters<int32_t>&, const int8_t*, int8_t*, int16_t*,
                   int8_t*, void*);
template void Lstm(const LstmShape&, const LstmParameters<int64_t>&, const int16_t*, int16_t*, int16_t*,
                   int16_t*, void*);

}  // namespace weightfold
