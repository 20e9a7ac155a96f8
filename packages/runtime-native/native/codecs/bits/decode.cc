// Symbols of 1 to 7 bits (formats/container/src/codecs/bits/spec.md).
#include "../../base/cpu.h"
#include "../codec.h"
#include "unpack.h"

namespace weightfold {
namespace {

UnpackBitsFunction ChooseUnpackBits() {
#if defined(__x86_64__)
  if (CpuFeatures() & kCpuAvx2) return UnpackBitsAvx2;
#endif
  return UnpackBitsScalar;
}

}  // namespace

bool DecodeBits(Bytes coded, uint8_t* out, size_t length, const Environment&, Scratch, DecodeError* error) {
  Reader reader(coded, error);
  uint32_t bits = 0;
  if (!reader.BoundedU8("bits per symbol", 1, 7, &bits)) return false;
  const Bytes packed = reader.Rest();
  const uint64_t all = uint64_t{length} * bits;
  if (packed.size != (all + 7) / 8) {
    return Fail(error, "DAMAGED", packed.offset, "expected %llu bytes for packed symbols but received %zu",
                static_cast<unsigned long long>((all + 7) / 8), packed.size);
  }
  if (all % 8 != 0 && packed.data[packed.size - 1] >> all % 8 != 0) {
    return Fail(error, "DAMAGED", packed.offset + packed.size - 1,
                "expected 0 for the bits after the last symbol but received others");
  }
  ChooseUnpackBits()(packed.data, packed.size, bits, out, length);
  return true;
}

}  // namespace weightfold
