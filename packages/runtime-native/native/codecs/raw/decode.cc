#include <cstring>

#include "../codec.h"

namespace weightfold {

bool DecodeRaw(Bytes coded, uint8_t* out, size_t length, const Environment&, Scratch, DecodeError* error) {
  if (coded.size != length) {
    return Fail(error, "DAMAGED", coded.offset, "expected %zu bytes for raw block but received %zu", length,
                coded.size);
  }
  if (length > 0) std::memcpy(out, coded.data, length);
  return true;
}

}  // namespace weightfold
