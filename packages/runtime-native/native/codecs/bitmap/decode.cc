// Bytes of which many have one value (formats/container/src/codecs/bitmap/spec.md).
#include <cstring>

#include "../../base/cpu.h"
#include "../codec.h"
#include "expand.h"

namespace weightfold {
namespace {

// Bytes whose other values are copied apart at a time: the output is written over where they were.
constexpr size_t kChunk = 4096;
constexpr uint8_t kBitmapId = 5;

ExpandFunction ChooseExpand() {
#if defined(__x86_64__)
  if (CpuFeatures() & kCpuAvx512Vbmi2) return ExpandAvx512;
  if (CpuFeatures() & kCpuAvx2) return ExpandAvx2;
#elif defined(__aarch64__)
  return ExpandNeon;
#endif
  return ExpandScalar;
}

// Set bits of each 64-bit word are added up in ever wider fields (Warren, Hacker's Delight, 5-1).
size_t CountBits(const uint8_t* bytes, size_t size) {
  size_t count = 0, at = 0;
  for (; size - at >= 8; at += 8) {
    uint64_t x;
    std::memcpy(&x, bytes + at, 8);
    x -= x >> 1 & 0x5555555555555555u;
    x = (x & 0x3333333333333333u) + (x >> 2 & 0x3333333333333333u);
    x = (x + (x >> 4)) & 0x0f0f0f0f0f0f0f0fu;
    count += static_cast<size_t>(x * 0x0101010101010101u >> 56);
  }
  for (; at < size; at++) {
    for (uint32_t byte = bytes[at]; byte != 0; byte &= byte - 1) count++;
  }
  return count;
}

// The other values stand at the end of `out`, where no byte is written before it was read: behind position p
// there are at most as many other values as bytes.
void ExpandInPlace(const uint8_t* bitmap, size_t others_count, uint8_t center, uint8_t* out, size_t length) {
  const ExpandFunction expand = ChooseExpand();
  uint8_t others[kChunk + kExpandPadding] = {}, last[kChunk], last_bits[kChunk / 8] = {};
  const uint8_t* source = out + (length - others_count);
  for (size_t first = 0; first < length; first += kChunk) {
    const size_t count = length - first < kChunk ? length - first : kChunk;
    const bool whole = count == kChunk;
    const uint8_t* bits = bitmap + first / 8;
    if (!whole) bits = static_cast<const uint8_t*>(std::memcpy(last_bits, bits, (count + 7) / 8));
    const size_t set = CountBits(bits, kChunk / 8);
    std::memcpy(others, source, set);
    source += set;
    const size_t groups = (count + kExpandGroup - 1) / kExpandGroup;
    expand(bits, others, center, whole ? out + first : last, groups);
    if (!whole) std::memcpy(out + first, last, count);
  }
}

bool DecodeOthers(uint32_t codec_id, Bytes coded, uint8_t* out, size_t count, const Environment& environment,
                  Scratch scratch, DecodeError* error) {
  const Codec* codec = FindCodec(codec_id, coded.offset, error);
  if (codec == nullptr) return false;
  if (!codec->inner || codec->decode == DecodeBitmap || codec->decode == DecodeWeights)
    return Fail(error, "DAMAGED", coded.offset, "expected raw, rans, context or bits inside a bitmap block");
  if (count > 0) return codec->decode(coded, out, count, environment, scratch, error);
  if (coded.size == 0) return true;
  return Fail(error, "DAMAGED", coded.offset, "expected no bytes for no other values but received %zu",
              coded.size);
}

}  // namespace

size_t BitmapScratch(Bytes coded, size_t length) {
  const size_t size = (length + 7) / 8, head = 2 + size;
  // A bitmap in a bitmap is refused: no chain of them is followed.
  if (coded.size < head || coded.data[0] == kBitmapId) return 0;
  // The inner codec sees only the other values: a shape that fits their number need not fit the block's
  // length.
  const size_t count = CountBits(coded.data + 2, size);
  return InnerScratch(coded.data[0], {coded.data + head, coded.size - head, coded.offset + head}, count);
}

bool DecodeBitmap(Bytes coded, uint8_t* out, size_t length, const Environment& environment, Scratch scratch,
                  DecodeError* error) {
  Reader reader(coded, error);
  uint32_t codec = 0, center = 0;
  Bytes bitmap = {};
  if (!reader.U8("bitmap header", &codec) || !reader.U8("bitmap center", &center)) return false;
  if (!reader.Take((uint64_t{length} + 7) / 8, "bitmap", &bitmap)) return false;
  if (length % 8 != 0 && bitmap.data[bitmap.size - 1] >> length % 8 != 0) {
    return Fail(error, "DAMAGED", bitmap.offset + bitmap.size - 1,
                "expected 0 for the bits after the last byte but received others");
  }
  const size_t count = CountBits(bitmap.data, bitmap.size);
  if (!DecodeOthers(codec, reader.Rest(), out + (length - count), count, environment, scratch, error))
    return false;
  ExpandInPlace(bitmap.data, count, static_cast<uint8_t>(center), out, length);
  return true;
}

}  // namespace weightfold
