// Element by element from one integer type and quantization to another: QUANTIZE between int8, uint8, int16
// and int32.
#pragma once
#include <cstddef>
#include <cstdint>

#include "kernels/requantize/requantize_op.h"

namespace weightfold {

// TFLite's reference_ops::Requantize; min and max are the ends of Out.
template <typename In, typename Out>
void RequantizeWide(const RequantizeParameters& parameters, const In* input, Out* output, size_t count);

}  // namespace weightfold
