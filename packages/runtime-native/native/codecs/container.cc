#include "container.h"

#include <cstring>
#include <new>

#include "common/crc32c.h"
#include "common/sha256.h"
#include "references.h"
#include "table.h"
#include "work_order.h"

// Lives at the beginning of the caller's memory.
struct wfz_file {
  const uint8_t* data;
  size_t size;
  weightfold::Header header;
  weightfold::Table table;
  uint32_t* order;  // of the blocks, the longest work first
  size_t scratch_size;
};

namespace weightfold {
namespace {

bool DecodeBlock(const Block& block, uint32_t index, uint8_t* out, const Environment& environment,
                 Scratch scratch, DecodeError* error) {
  const size_t length = static_cast<size_t>(block.length);
  if (!block.codec->decode(block.coded, out, length, environment, scratch, error)) return false;
  if (!block.has_crc) return true;
  const uint32_t crc = Crc32c(out, length);
  if (crc == block.crc) return true;
  return Fail(error, "DAMAGED", block.coded.offset,
              "expected 0x%08x for checksum of block %u but received 0x%08x", block.crc, index, crc);
}

// Blocks of one span are decoded in place, the others to scratch and then cut up.
bool PlaceBlock(const wfz_file& file, uint32_t index, uint8_t* original, Scratch scratch,
                DecodeError* error) {
  const Block& block = file.table.blocks[index];
  const Span* spans = file.table.spans;
  if (block.spans == 1) {
    return DecodeBlock(block, index, original + spans[block.first_span].offset, file.table.environment,
                       scratch, error);
  }
  const uint8_t* staged = scratch.Take<uint8_t>(static_cast<size_t>(block.length));
  if (staged == nullptr) return OutOfScratch(error, block.coded.offset);
  if (!DecodeBlock(block, index, const_cast<uint8_t*>(staged), file.table.environment, scratch, error))
    return false;
  for (uint32_t s = block.first_span; s != kNoSpan; s = spans[s].next) {
    std::memcpy(original + spans[s].offset, staged, spans[s].length);
    staged += spans[s].length;
  }
  return true;
}

bool HasReferences(const wfz_file& file, uint32_t index) { return index == 0 && file.header.references != 0; }

bool RestoreBlock(const wfz_file& file, uint32_t index, uint8_t* original, Scratch scratch,
                  DecodeError* error) {
  if (!PlaceBlock(file, index, original, scratch, error)) return false;
  return !HasReferences(file, index) || RestoreReferences(file.table.blocks[index], file.table.spans,
                                                          file.header.references, original, scratch, error);
}

// What decoding takes, or the references after it.
size_t BlockScratch(const wfz_file& file, uint32_t index) {
  const Block& block = file.table.blocks[index];
  const size_t length = static_cast<size_t>(block.length);
  const size_t decoding = (block.spans > 1 ? length + 64 : 0) + block.codec->scratch(block.coded, length);
  const size_t after = HasReferences(file, index) ? ReferencesScratch(block.length) : 0;
  return decoding > after ? decoding : after;
}

bool CheckOriginalSize(const wfz_file& file, size_t size, DecodeError* error) {
  if (size == file.header.info.original_size) return true;
  return Fail(error, "BAD_ARGUMENT", 6, "expected an output of %llu bytes but received %zu",
              static_cast<unsigned long long>(file.header.info.original_size), size);
}

bool CheckIndex(const wfz_file& file, uint32_t index, DecodeError* error) {
  if (index < file.header.info.block_count) return true;
  return Fail(error, "BAD_ARGUMENT", 0, "expected a block below %u but received %u",
              file.header.info.block_count, index);
}

size_t MemorySize(const Header& header) {
  return sizeof(wfz_file) + 64 + header.info.block_count * sizeof(uint32_t) + 64 + TableScratch(header);
}

}  // namespace
}  // namespace weightfold

using namespace weightfold;  // the C functions are outside of it

bool wfz_read_info(const uint8_t* data, size_t size, wfz_info* info, wfz_error* error) {
  Header header;
  if (!ReadHeader(data, size, &header, error)) return false;
  *info = header.info;
  info->memory_size = MemorySize(header);
  return true;
}

bool wfz_open(const uint8_t* data, size_t size, void* memory, size_t memory_size, const wfz_file** opened,
              wfz_error* error) {
  Scratch rest(memory, memory_size);
  void* place = rest.Take<wfz_file>(1);
  if (place == nullptr) return OutOfScratch(error, 0);
  wfz_file* file = new (place) wfz_file();
  file->data = data;
  file->size = size;
  if (!ReadHeader(data, size, &file->header, error)) return false;
  if (!file->header.block_checksums && !wfz_check_file(file, error)) return false;
  const uint32_t count = file->header.info.block_count;
  file->order = rest.Take<uint32_t>(count);
  if (file->order == nullptr) return OutOfScratch(error, 0);
  if (!ReadTable(file->header, &file->table, &rest, error)) return false;
  for (uint32_t i = 0; i < count; i++) {
    Block* block = &file->table.blocks[i];
    const size_t needed = BlockScratch(*file, i);
    if (needed > file->scratch_size) file->scratch_size = needed;
    block->work = CodecWork(*block->codec, block->coded, static_cast<size_t>(block->length));
  }
  file->scratch_size += 64;
  SortByWork(file->table.blocks, file->order, count);
  *opened = file;
  return true;
}

size_t wfz_scratch_size(const wfz_file* file) { return file->scratch_size; }

bool wfz_check_file(const wfz_file* file, wfz_error* error) {
  const size_t at = file->size - 4;
  const uint32_t stored = LoadLittle32(file->data + at);
  const uint32_t actual = Crc32c(file->data, at);
  if (stored == actual) return true;
  return Fail(error, "DAMAGED", at, "expected 0x%08x for file checksum but received 0x%08x", actual, stored);
}

bool wfz_decode(const wfz_file* file, uint8_t* original, size_t original_size, void* scratch,
                size_t scratch_size, wfz_error* error) {
  if (!CheckOriginalSize(*file, original_size, error) || !wfz_check_file(file, error)) return false;
  for (uint32_t i = 0; i < file->header.info.block_count; i++) {
    if (!RestoreBlock(*file, i, original, Scratch(scratch, scratch_size), error)) return false;
  }
  return wfz_apply_products(file, original, original_size, error);
}

bool wfz_verify_hash(const wfz_file* file, const uint8_t* original, size_t original_size, wfz_error* error) {
  if (!CheckOriginalSize(*file, original_size, error)) return false;
  uint8_t digest[32];
  Sha256(original, original_size, digest);
  if (std::memcmp(digest, file->header.info.sha256, sizeof(digest)) == 0) return true;
  return Fail(error, "HASH_MISMATCH", 6,
              "expected the SHA-256 of the header for the original but received another");
}

bool wfz_describe_block(const wfz_file* file, uint32_t index, wfz_block* description) {
  if (index >= file->header.info.block_count) return false;
  const Block& block = file->table.blocks[index];
  description->kind = static_cast<wfz_kind>(block.kind);
  description->buffer = block.id;
  description->codec = block.codec->name;
  description->length = block.length;
  description->original_offset = file->table.spans[block.first_span].offset;
  description->contiguous = block.spans == 1;
  return true;
}

uint32_t wfz_find_tensor(const wfz_file* file, uint64_t buffer) {
  for (uint32_t i = 0; i < file->header.info.block_count; i++) {
    const Block& block = file->table.blocks[i];
    if (block.kind == WFZ_TENSOR && block.id == buffer) return i;
  }
  return UINT32_MAX;
}

bool wfz_decode_block(const wfz_file* file, uint32_t index, uint8_t* out, size_t out_size, void* scratch,
                      size_t scratch_size, wfz_error* error) {
  if (!CheckIndex(*file, index, error)) return false;
  const Block& block = file->table.blocks[index];
  if (out_size != block.length) {
    return Fail(error, "BAD_ARGUMENT", block.coded.offset,
                "expected an output of %llu bytes for block %u but received %zu",
                static_cast<unsigned long long>(block.length), index, out_size);
  }
  return DecodeBlock(block, index, out, file->table.environment, Scratch(scratch, scratch_size), error);
}

uint32_t wfz_work_order(const wfz_file* file, uint32_t position) {
  return position < file->header.info.block_count ? file->order[position] : UINT32_MAX;
}

bool wfz_restore_block(const wfz_file* file, uint32_t index, uint8_t* original, size_t original_size,
                       void* scratch, size_t scratch_size, wfz_error* error) {
  if (!CheckIndex(*file, index, error) || !CheckOriginalSize(*file, original_size, error)) return false;
  return RestoreBlock(*file, index, original, Scratch(scratch, scratch_size), error);
}

bool wfz_apply_products(const wfz_file* file, uint8_t* original, size_t original_size, wfz_error* error) {
  if (!CheckOriginalSize(*file, original_size, error)) return false;
  for (uint32_t i = 0; i < file->header.info.product_count; i++)
    RestoreProduct(file->table.products[i], original);
  return true;
}
