// Portable version: compilers use what every CPU of the architecture has.
#include "step.h"

namespace weightfold {
void DecodeSymbolsScalar(ContextModel* model, BinaryDecoder* coder, uint8_t* out, size_t length) {
  DecodeSymbols(model, coder, out, length);
}
}  // namespace weightfold
