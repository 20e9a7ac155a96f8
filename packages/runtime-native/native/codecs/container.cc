#include "container.h"

#include <cstring>

#include "common/crc32c.h"
#include "common/sha256.h"
#include "table.h"

namespace weightfold {
namespace {

float FloatOf(uint32_t bits) {
  float value;
  std::memcpy(&value, &bits, sizeof(value));
  return value;
}

// Bits of binary32(a * b), to nearest even; 0 when a factor is infinite or not a number.
uint32_t ProductBits(uint32_t a, uint32_t b) {
  if ((a & 0x7f800000u) == 0x7f800000u || (b & 0x7f800000u) == 0x7f800000u) return 0;
  const float product = FloatOf(a) * FloatOf(b);
  uint32_t bits;
  std::memcpy(&bits, &product, sizeof(bits));
  return bits;
}

void RestoreProduct(const Product& product, uint8_t* out) {
  for (uint64_t i = 0; i < product.count; i++) {
    const uint32_t predicted = ProductBits(product.factor, LoadLittle32(out + product.source + 4 * i));
    uint8_t* target = out + product.target + 4 * i;
    const uint32_t stored = LoadLittle32(target);
    StoreLittle32(target, predicted + (stored >> 1 ^ (0u - (stored & 1))));
  }
}

bool DecodeBlock(const Block& block, uint32_t index, uint8_t* out, Scratch scratch, DecodeError* error) {
  const size_t length = static_cast<size_t>(block.length);
  if (!block.codec->decode(block.coded, out, length, scratch, error)) return false;
  const uint32_t crc = Crc32c(out, length);
  if (crc == block.crc) return true;
  return Fail(error, "DAMAGED", block.coded.offset,
              "expected 0x%08x for checksum of block %u but received 0x%08x", block.crc, index, crc);
}

// Blocks of one span are decoded in place, the others to staging memory and then cut up.
bool DecodeBlocks(const Header& header, Table* table, uint8_t* out, Scratch scratch, DecodeError* error) {
  uint64_t staged = 0;
  for (uint32_t i = 0; i < header.info.block_count; i++) {
    if (table->blocks[i].spans > 1) staged += table->blocks[i].length;
  }
  uint8_t* staging = scratch.Take<uint8_t>(static_cast<size_t>(staged));
  if (staging == nullptr) return OutOfScratch(error, 0);
  uint64_t offset = 0;
  for (uint32_t s = 0; s < table->span_count; s++) {
    const Span& span = table->spans[s];
    Block* block = &table->blocks[span.block];
    if (block->bytes == nullptr) {
      block->bytes = block->spans > 1 ? staging : out + offset;
      if (block->spans > 1) staging += block->length;
      if (!DecodeBlock(*block, span.block, block->bytes, scratch, error)) return false;
    }
    if (block->spans > 1)
      std::memcpy(out + offset, block->bytes + block->used, static_cast<size_t>(span.length));
    block->used += span.length;
    offset += span.length;
  }
  return true;
}

}  // namespace

bool ReadContainerInfo(const uint8_t* data, size_t size, ContainerInfo* info, DecodeError* error) {
  Header header;
  if (!ReadHeader(data, size, &header, error)) return false;
  *info = header.info;
  info->scratch_size =
      TableScratch(header) + static_cast<size_t>(info->original_size) + 2 * 64 + kCodecScratch;
  return true;
}

bool DecodeContainer(const uint8_t* data, size_t size, uint8_t* out, size_t out_size, void* scratch_memory,
                     size_t scratch_size, DecodeError* error) {
  Header header;
  Table table;
  Scratch scratch(scratch_memory, scratch_size);
  if (!ReadHeader(data, size, &header, error)) return false;
  if (out_size != header.info.original_size) {
    return Fail(error, "BAD_ARGUMENT", 6, "expected an output of %llu bytes but received %zu",
                static_cast<unsigned long long>(header.info.original_size), out_size);
  }
  const uint32_t stored = LoadLittle32(data + size - 4);
  const uint32_t actual = Crc32c(data, size - 4);
  if (stored != actual) {
    return Fail(error, "DAMAGED", size - 4, "expected 0x%08x for file checksum but received 0x%08x", actual,
                stored);
  }
  if (!ReadTable(header, &table, &scratch, error)) return false;
  if (!DecodeBlocks(header, &table, out, scratch, error)) return false;
  for (uint32_t i = 0; i < header.info.product_count; i++) RestoreProduct(table.products[i], out);
  return true;
}

bool VerifyHash(const ContainerInfo& info, const uint8_t* out, size_t out_size, DecodeError* error) {
  uint8_t digest[32];
  Sha256(out, out_size, digest);
  if (std::memcmp(digest, info.sha256, sizeof(digest)) == 0) return true;
  return Fail(error, "HASH_MISMATCH", 6,
              "expected the SHA-256 of the header for the original but received another");
}

}  // namespace weightfold
