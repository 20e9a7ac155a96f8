// Compiled for AVX2: eight contexts or mixer inputs at a time.
#include "step.h"

namespace weightfold {
void DecodeSymbolsAvx2(ContextModel* model, BinaryDecoder* coder, uint8_t* data, size_t known,
                       size_t length) {
  DecodeSymbols(model, coder, data, known, length);
}
}  // namespace weightfold
