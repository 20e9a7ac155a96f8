// Vectors of the original that follow from others: products, quotients and ranges (SPEC.md, "Products").
#ifndef WEIGHTFOLD_CODECS_PRODUCTS_H_
#define WEIGHTFOLD_CODECS_PRODUCTS_H_

#include "common/reader.h"

namespace weightfold {

enum class ProductKind : uint32_t { kProduct = 0, kQuotient = 1, kRange = 2 };

// Offsets are bytes in the original; those of vectors are multiples of 4.
struct Product {
  ProductKind kind;
  uint32_t factor;  // bits of a binary32 number
  uint64_t target;
  uint64_t count;
  uint64_t first;    // source of a product, a source of a quotient, maximums of a range
  uint64_t second;   // the other source of a quotient, weights of a range
  uint64_t inner;    // bytes of a channel
  uint64_t repeats;  // how often all channels follow one another
};

// Fewest bytes of an entry.
constexpr uint64_t kProductEntry = 3;

// Reads `count` entries. False with *error set unless every vector and all weights lie inside the original.
bool ReadProducts(Reader* reader, uint64_t original_size, uint32_t count, Product* products,
                  DecodeError* error);

// Replaces the target's differences by what they stand for, in place.
void RestoreProduct(const Product& product, uint8_t* out);

}  // namespace weightfold

#endif  // WEIGHTFOLD_CODECS_PRODUCTS_H_
