// Context-coded symbols (formats/container/src/codecs/context/spec.md).
#include "../common/binary_decoder.h"
#include "model.h"

namespace weightfold {

bool DecodeContext(Bytes coded, uint8_t* out, size_t length, Scratch scratch, DecodeError* error) {
  Reader reader(coded, error);
  ContextParameters* parameters = scratch.Take<ContextParameters>(1);
  ContextModel* model = scratch.Take<ContextModel>(1);
  if (parameters == nullptr || model == nullptr) return OutOfScratch(error, coded.offset);
  if (!ReadContextParameters(&reader, length, parameters, &scratch, error)) return false;
  if (!model->Init(parameters, &scratch)) return OutOfScratch(error, coded.offset);
  BinaryDecoder coder(reader.Rest());
  for (size_t position = 0; position < length; position++) {
    model->BeginSymbol(out, position);
    uint32_t symbol = 0;
    for (uint32_t left = parameters->bits; left > 0; left--) {
      const int bit = coder.Decode(model->Predict());
      model->Update(bit);
      symbol = symbol << 1 | static_cast<uint32_t>(bit);
    }
    out[position] = static_cast<uint8_t>(symbol);
    if (coder.overrun()) {
      return Fail(error, "DAMAGED", coded.offset + coded.size,
                  "expected more bytes for context-coded bits but received their end");
    }
  }
  if (coder.exact()) return true;
  return Fail(error, "DAMAGED", coded.offset,
              "expected all bytes to be used for context-coded bits but received bytes left over");
}

}  // namespace weightfold
