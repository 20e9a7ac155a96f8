// Portable version: compilers use what every CPU of the architecture has.
#include "step.h"

namespace weightfold {
void DecodeRanksScalar(WeightModel* model, BinaryDecoder* coder, uint8_t* ranks, size_t length) {
  DecodeRanks(model, coder, ranks, length);
}
}  // namespace weightfold
