// Compiled for AVX2: all eight contexts at a time.
#include "step.h"

namespace weightfold {
void DecodeRanksAvx2(WeightModel* model, BinaryDecoder* coder, uint8_t* ranks, size_t length) {
  DecodeRanks(model, coder, ranks, length);
}
}  // namespace weightfold
