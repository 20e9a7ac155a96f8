// Compiled for AVX2: sixteen sums at a time.
#include "step.h"

namespace weightfold {
void PredictAvx2(const Taps& taps, uint8_t* bytes, size_t length) { Predict(taps, bytes, length); }
}  // namespace weightfold
