#include "products.h"

#include <cstring>

namespace weightfold {
namespace {

constexpr uint32_t kSign = 0x80000000u;
constexpr uint32_t kExponent = 0x7f800000u;

// What entries are coded relative to, and what is left of the original for them.
struct Before {
  uint64_t target;   // word after the last target
  uint64_t weights;  // byte after the last weights
  uint32_t factor;
  uint64_t words_left;
  uint64_t weights_left;
};

// from + a zigzag number; a varint has at most 49 bits. Negative where there is no such place.
bool ReadDistance(Reader* reader, const char* what, uint64_t from, int64_t* place) {
  uint64_t code;
  if (!reader->Varint(what, &code)) return false;
  const int64_t half = static_cast<int64_t>(code >> 1);
  *place = static_cast<int64_t>(from) + (code & 1 ? -1 - half : half);
  return true;
}

// A vector of `count` words, `count` at most those of the original.
bool ReadVector(Reader* reader, const char* what, uint64_t from, uint64_t count, uint64_t size,
                uint64_t* offset, DecodeError* error) {
  const uint64_t at = reader->offset();
  int64_t word;
  if (!ReadDistance(reader, what, from / 4, &word)) return false;
  if (word < 0 || static_cast<uint64_t>(word) > (size - 4 * count) / 4) {
    return Fail(error, "DAMAGED", at, "expected %llu words inside the original for %s",
                static_cast<unsigned long long>(count), what);
  }
  *offset = 4 * static_cast<uint64_t>(word);
  return true;
}

bool ReadWeights(Reader* reader, uint64_t size, Product* product, Before* before, DecodeError* error) {
  const uint64_t at = reader->offset();
  int64_t weights;
  if (!ReadDistance(reader, "weights of a range", before->weights, &weights) ||
      !reader->Bounded("weights of a channel", 1, size, &product->inner) ||
      !reader->Bounded("repeats of channels", 1, size, &product->repeats)) {
    return false;
  }
  uint64_t most = 0;
  if (weights >= 0 && static_cast<uint64_t>(weights) <= size) most = size - static_cast<uint64_t>(weights);
  if (most > before->weights_left) most = before->weights_left;
  // Each factor is below 2^31, so that two of them do not overflow.
  const uint64_t once = product->count * product->inner;
  if (weights < 0 || once > most || once * product->repeats > most) {
    return Fail(error, "DAMAGED", at, "expected at most %llu bytes for weights of a range",
                static_cast<unsigned long long>(most));
  }
  product->second = static_cast<uint64_t>(weights);
  before->weights = product->second + once * product->repeats;
  before->weights_left -= once * product->repeats;
  return true;
}

bool ReadSources(Reader* reader, uint64_t size, Product* product, Before* before, DecodeError* error) {
  switch (product->kind) {
    case ProductKind::kProduct:
      return ReadVector(reader, "product source", product->target, product->count, size, &product->first,
                        error);
    case ProductKind::kQuotient:
      return ReadVector(reader, "quotient source", product->target, product->count, size, &product->first,
                        error) &&
             ReadVector(reader, "quotient source", product->first, product->count, size, &product->second,
                        error);
    default:
      return ReadVector(reader, "maximums of a range", product->target, product->count, size, &product->first,
                        error) &&
             ReadWeights(reader, size, product, before, error);
  }
}

bool ReadProduct(Reader* reader, uint64_t size, Product* product, Before* before, DecodeError* error) {
  const uint64_t at = reader->offset();
  uint64_t head;
  if (!reader->Varint("product head", &head)) return false;
  const uint32_t kind = static_cast<uint32_t>(head & 3);
  if (kind > static_cast<uint32_t>(ProductKind::kRange))
    return Fail(error, "DAMAGED", at, "expected 0 to 2 for kind of a product but received %u", kind);
  *product = {};
  product->kind = static_cast<ProductKind>(kind);
  product->count = head >> 3;
  if (product->count < 1 || product->count > before->words_left) {
    return Fail(error, "DAMAGED", at, "expected 1 to %llu for product length but received %llu",
                static_cast<unsigned long long>(before->words_left),
                static_cast<unsigned long long>(product->count));
  }
  before->words_left -= product->count;
  if (!ReadVector(reader, "product target", 4 * before->target, product->count, size, &product->target,
                  error))
    return false;
  before->target = product->target / 4 + product->count;
  if (!ReadSources(reader, size, product, before, error)) return false;
  if ((head & 4) == 0 && !reader->U32("product factor", &before->factor)) return false;
  product->factor = before->factor;
  return true;
}

float FloatOf(uint32_t bits) {
  float value;
  std::memcpy(&value, &bits, sizeof(value));
  return value;
}

uint32_t BitsOf(float value) {
  uint32_t bits;
  std::memcpy(&bits, &value, sizeof(bits));
  return bits;
}

bool Finite(uint32_t bits) { return (bits & kExponent) != kExponent; }

// Bits of binary32(a * b), to nearest even; 0 when a factor is infinite or not a number.
uint32_t ProductBits(uint32_t a, uint32_t b) {
  return Finite(a) && Finite(b) ? BitsOf(FloatOf(a) * FloatOf(b)) : 0;
}

// Bits of binary32(a / b), to nearest even; 0 when one is infinite or not a number, or b is 0.
uint32_t QuotientBits(uint32_t a, uint32_t b) {
  if (!Finite(a) || !Finite(b) || (b & ~kSign) == 0) return 0;
  return BitsOf(FloatOf(a) / FloatOf(b));
}

uint32_t Unzigzag(uint32_t code) { return code >> 1 ^ (0u - (code & 1)); }

uint32_t PredictWord(const Product& product, const uint8_t* out, uint64_t i) {
  const uint32_t first = LoadLittle32(out + product.first + 4 * i);
  if (product.kind == ProductKind::kProduct) return ProductBits(product.factor, first);
  const uint32_t a = first & ~kSign;
  const uint32_t b = LoadLittle32(out + product.second + 4 * i) & ~kSign;
  return QuotientBits(a > b ? a : b, product.factor);
}

// Bytes with their sign bit inverted are in order without signs: compilers make SIMD of that everywhere.
void FindExtremes(const Product& range, const uint8_t* out, uint64_t channel, int* low, int* high) {
  uint8_t least = 255, most = 0;
  for (uint64_t repeat = 0; repeat < range.repeats; repeat++) {
    const uint8_t* at = out + range.second + (repeat * range.count + channel) * range.inner;
    for (uint64_t i = 0; i < range.inner; i++) {
      const uint8_t weight = at[i] ^ 128;
      least = weight < least ? weight : least;
      most = weight > most ? weight : most;
    }
  }
  *low = static_cast<int>(least) - 128;
  *high = static_cast<int>(most) - 128;
}

void RestoreRange(const Product& range, uint8_t* out) {
  for (uint64_t i = 0; i < range.count; i++) {
    uint8_t* minimum = out + range.target + 4 * i;
    uint8_t* maximum = out + range.first + 4 * i;
    int low, high;
    FindExtremes(range, out, i, &low, &high);
    const bool minimum_larger = -low >= high;
    const uint32_t difference = Unzigzag(LoadLittle32(minimum));
    const uint32_t large = LoadLittle32(maximum);
    const float weight = static_cast<float>(minimum_larger ? high : low);
    const bool dead = low == 0 && high == 0;
    const uint32_t predicted =
        dead ? large : ProductBits(QuotientBits(large & ~kSign, range.factor), BitsOf(weight));
    const uint32_t small = predicted + difference;
    StoreLittle32(minimum, minimum_larger ? large ^ kSign : small);
    StoreLittle32(maximum, minimum_larger ? small : large);
  }
}

}  // namespace

bool ReadProducts(Reader* reader, uint64_t original_size, uint32_t count, Product* products,
                  DecodeError* error) {
  Before before = {0, 0, 0, original_size / 4, original_size};
  for (uint32_t i = 0; i < count; i++) {
    if (!ReadProduct(reader, original_size, &products[i], &before, error)) return false;
  }
  return true;
}

void RestoreProduct(const Product& product, uint8_t* out) {
  if (product.kind == ProductKind::kRange) return RestoreRange(product, out);
  for (uint64_t i = 0; i < product.count; i++) {
    uint8_t* target = out + product.target + 4 * i;
    StoreLittle32(target, PredictWord(product, out, i) + Unzigzag(LoadLittle32(target)));
  }
}

}  // namespace weightfold
