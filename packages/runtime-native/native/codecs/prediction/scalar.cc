// Portable version: compilers use what every CPU of the architecture has.
#include "step.h"

namespace weightfold {
void PredictScalar(const Taps& taps, uint8_t* bytes, size_t length) { Predict(taps, bytes, length); }
}  // namespace weightfold
