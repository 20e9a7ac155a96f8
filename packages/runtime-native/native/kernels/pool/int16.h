// Average and maximum pooling of int16 codes, NHWC; input and output share their quantization.
#pragma once
#include <cstddef>
#include <cstdint>

#include "kernels/pool/pool.h"

namespace weightfold {

// As AveragePool and MaxPool do it with 8 bits. Output rows [begin, end) over all images.
void AveragePool16(const PoolShape& shape, const int16_t* input, int16_t* output, int32_t begin, int32_t end);
void MaxPool16(const PoolShape& shape, const int16_t* input, int16_t* output, int32_t begin, int32_t end);

}  // namespace weightfold
