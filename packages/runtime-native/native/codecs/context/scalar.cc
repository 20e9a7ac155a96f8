// Portable version: compilers use what every CPU of the architecture has.
#include "step.h"

namespace weightfold {
void DecodeSymbolsScalar(ContextModel* model, BinaryDecoder* coder, uint8_t* data, size_t known,
                         size_t length) {
  DecodeSymbols(model, coder, data, known, length);
}
}  // namespace weightfold
