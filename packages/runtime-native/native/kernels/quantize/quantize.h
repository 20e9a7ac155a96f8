// Between float32 and int8 or int16 at the ends of a model: QUANTIZE and DEQUANTIZE, one scale for the
// tensor.
#pragma once
#include <cstddef>
#include <cstdint>

namespace weightfold {

struct QuantizeParameters {
  float scale;
  int32_t zero_point;
};

// code = clamp(round(x / scale) + zero point): the division in float, halves away from zero, as TFLite's
// AffineQuantize. What is beyond the codes saturates, also where the reference's conversion to int32 is
// undefined; NaN gives the smallest code.
void Quantize(const QuantizeParameters& parameters, const float* input, int8_t* output, size_t count);
void Quantize(const QuantizeParameters& parameters, const float* input, int16_t* output, size_t count);

// x = scale * (code - zero point), rounded to float once.
void Dequantize(const QuantizeParameters& parameters, const int8_t* input, float* output, size_t count);
void Dequantize(const QuantizeParameters& parameters, const int16_t* input, float* output, size_t count);

}  // namespace weightfold
