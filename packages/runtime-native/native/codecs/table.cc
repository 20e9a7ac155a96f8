#include "table.h"

#include <cstring>

#include "common/crc32c.h"

namespace weightfold {
namespace {

constexpr uint8_t kMagic[4] = {0x89, 'W', 'F', 'Z'};
constexpr uint32_t kVersion = 3;
constexpr uint32_t kTableCodecBits = 15;
constexpr uint32_t kReferencesFlag = 16;
constexpr uint32_t kNoChecksumsFlag = 32;
constexpr uint32_t kFlags = kTableCodecBits | kReferencesFlag | kNoChecksumsFlag;
constexpr uint32_t kRawCodec = 0;
constexpr uint32_t kContextCodec = 2;
constexpr uint32_t kRecordsCodec = 6;
constexpr uint64_t kLargestOriginal = (uint64_t{1} << 31) - 1;
constexpr uint64_t kMaximumBlocks = 65536;
constexpr uint64_t kMaximumSpans = 262144;
constexpr uint64_t kMaximumProducts = 65536;
constexpr uint64_t kMaximumTable = uint64_t{1} << 22;
constexpr uint64_t kMaximumId = (uint64_t{1} << 32) - 1;
constexpr uint32_t kKinds = 6;
constexpr uint64_t kSizeOffset = 6;  // magic, version and flags stand before

bool ReadIdentity(Reader* reader, const uint8_t* data, size_t size, uint32_t* flags, DecodeError* error) {
  Bytes ignored = {};
  uint32_t version = 0;
  if (size < sizeof(kMagic) || std::memcmp(data, kMagic, sizeof(kMagic)) != 0) {
    return Fail(error, "BAD_MAGIC", 0, "not a .wfz container: expected the magic 8957465a");
  }
  if (!reader->Take(sizeof(kMagic), "magic", &ignored) || !reader->U8("format version", &version))
    return false;
  if (version != kVersion) {
    return Fail(error, "UNKNOWN_VERSION", 4, "unknown format version: expected %u but received %u", kVersion,
                version);
  }
  if (!reader->U8("flags", flags)) return false;
  if ((*flags & ~kFlags) != 0) {
    return Fail(error, "UNKNOWN_FLAG", 5, "unknown flags: expected only bits of 0x%x but received 0x%x",
                kFlags, *flags);
  }
  const uint32_t codec = *flags & kTableCodecBits;
  if (codec != kRawCodec && codec != kContextCodec && codec != kRecordsCodec) {
    return Fail(error, "UNKNOWN_CODEC", 5,
                "unknown codec of the table: expected 0 (raw), 2 (context) or 6 (records) but received %u",
                codec);
  }
  return true;
}

bool ReadCounts(Reader* reader, ContainerInfo* info, DecodeError* error) {
  const uint64_t at = reader->offset();
  Bytes hash = {};
  uint64_t blocks, spans, products;
  if (!reader->Varint("original size", &info->original_size)) return false;
  if (info->original_size > kLargestOriginal) {
    return Fail(error, "TOO_LARGE", at, "expected an original below 2^31 bytes but received %llu",
                static_cast<unsigned long long>(info->original_size));
  }
  if (!reader->Take(32, "SHA-256", &hash)) return false;
  std::memcpy(info->sha256, hash.data, 32);
  if (!reader->Bounded("number of blocks", 0, kMaximumBlocks, &blocks)) return false;
  if (!reader->Bounded("number of spans", 0, kMaximumSpans, &spans)) return false;
  if (!reader->Bounded("number of products", 0, kMaximumProducts, &products)) return false;
  info->block_count = static_cast<uint32_t>(blocks);
  info->span_count = static_cast<uint32_t>(spans);
  info->product_count = static_cast<uint32_t>(products);
  return true;
}

// The highest byte of tables; restored words have others than this and the next one.
bool ReadMark(Reader* reader, uint32_t* mark, DecodeError* error) {
  constexpr uint32_t kLeast = 0x80, kMost = 0xfc;
  const uint64_t at = reader->offset();
  if (!reader->U8("mark of references", mark)) return false;
  if (*mark >= kLeast && *mark <= kMost && *mark % 2 == 0) return true;
  return Fail(error, "DAMAGED", at,
              "expected an even number from %u to %u for mark of references but received %u", kLeast, kMost,
              *mark);
}

// Adds a zigzag difference to *sum and checks that it stays within 0 to `most`.
bool ReadSum(Reader* reader, const char* what, uint64_t most, uint64_t* sum, DecodeError* error) {
  const uint64_t at = reader->offset();
  uint64_t code;
  if (!reader->Varint(what, &code)) return false;
  const int64_t difference =
      code & 1 ? -static_cast<int64_t>((code + 1) >> 1) : static_cast<int64_t>(code >> 1);
  const int64_t value = static_cast<int64_t>(*sum) + difference;
  if (value < 0 || value > static_cast<int64_t>(most)) {
    return Fail(error, "DAMAGED", at, "expected 0 to %llu for %s but received %lld",
                static_cast<unsigned long long>(most), what, static_cast<long long>(value));
  }
  *sum = static_cast<uint64_t>(value);
  return true;
}

// Codecs, kinds and checksums.
bool ReadHeads(Reader* reader, const Header& header, Block* blocks, DecodeError* error) {
  for (uint32_t i = 0; i < header.info.block_count; i++) {
    const uint64_t at = reader->offset();
    uint32_t head;
    if (!reader->U8("block header", &head)) return false;
    if (head >> 4 >= kKinds) {
      return Fail(error, "DAMAGED", at, "expected 0 to %u for kind of block %u but received %u", kKinds - 1,
                  i, head >> 4);
    }
    Block block = {};
    block.kind = head >> 4;
    block.codec = FindCodec(head & 15, at, error);
    if (block.codec == nullptr) return false;
    block.has_crc = header.block_checksums;
    if (block.has_crc) block.crc = LoadLittle32(header.checksums.data + 4 * static_cast<size_t>(i));
    blocks[i] = block;
  }
  return true;
}

// The last block takes all coded bytes that are left.
bool ReadBlocks(Reader* reader, const Header& header, Block* blocks, DecodeError* error) {
  uint64_t id = 0, offset = 0;
  if (!ReadHeads(reader, header, blocks, error)) return false;
  for (uint32_t i = 0; i < header.info.block_count; i++) {
    if (blocks[i].kind != WFZ_TENSOR) continue;
    if (!ReadSum(reader, "block id", kMaximumId, &id, error)) return false;
    blocks[i].id = id;
  }
  for (uint32_t i = 0; i < header.info.block_count; i++) {
    const uint64_t at = reader->offset();
    const uint64_t left = header.data.size - offset;
    uint64_t coded_length = left;
    if (i + 1 < header.info.block_count && !reader->Varint("coded length", &coded_length)) return false;
    if (coded_length > left) {
      return Fail(error, "DAMAGED", at, "expected at most %llu coded bytes for block %u but received %llu",
                  static_cast<unsigned long long>(left), i, static_cast<unsigned long long>(coded_length));
    }
    blocks[i].coded = {header.data.data + offset, static_cast<size_t>(coded_length),
                       header.data.offset + offset};
    offset += coded_length;
  }
  if (offset == header.data.size) return true;
  return Fail(error, "DAMAGED", header.data.offset + offset,
              "expected the end of the coded blocks but received %llu more bytes",
              static_cast<unsigned long long>(header.data.size - offset));
}

// Appends span i to its block's list.
void LinkSpan(Table* table, uint32_t i, Block* block) {
  table->spans[i] = {0, 0, kNoSpan};
  if (block->spans == 0) {
    block->first_span = i;
  } else {
    table->spans[block->last_span].next = i;
  }
  block->last_span = i;
  block->spans++;
}

// The block of each span: 0 for the next one that is new, else its number plus 1.
bool ReadSpanBlocks(Reader* reader, const Header& header, Table* table, DecodeError* error) {
  uint32_t unseen = 0;
  for (uint32_t i = 0; i < header.info.span_count; i++) {
    const uint64_t at = reader->offset();
    uint64_t code;
    if (!reader->Varint("block of a span", &code)) return false;
    const uint64_t block = code == 0 ? unseen : code - 1;
    if (block >= header.info.block_count) {
      return Fail(error, "DAMAGED", at, "expected a block below %u for span %u but received %llu",
                  header.info.block_count, i, static_cast<unsigned long long>(block));
    }
    unseen += block == unseen;
    LinkSpan(table, i, &table->blocks[block]);
  }
  return true;
}

// Reads the lengths of a block's spans; *left is what the original still lacks.
bool ReadLengths(Reader* reader, Table* table, Block* block, uint64_t* left) {
  for (uint32_t n = 0, i = block->first_span; n < block->spans; n++, i = table->spans[i].next) {
    uint64_t length;
    if (!reader->Bounded("span length", 1, *left, &length)) return false;
    table->spans[i].length = static_cast<uint32_t>(length);
    block->length += length;
    *left -= length;
  }
  return true;
}

bool ReadSpans(Reader* reader, const Header& header, Table* table, DecodeError* error) {
  uint64_t left = header.info.original_size;
  // A single block without spans is the whole original.
  if (header.info.block_count == 1 && header.info.span_count == 0 && left > 0) {
    LinkSpan(table, 0, &table->blocks[0]);
    table->spans[0].length = static_cast<uint32_t>(left);
    table->blocks[0].length = left;
    return true;
  }
  if (!ReadSpanBlocks(reader, header, table, error)) return false;
  for (uint32_t b = 0; b < header.info.block_count; b++) {
    if (!ReadLengths(reader, table, &table->blocks[b], &left)) return false;
  }
  uint64_t offset = 0;
  for (uint32_t i = 0; i < header.info.span_count; i++) {
    table->spans[i].offset = static_cast<uint32_t>(offset);
    offset += table->spans[i].length;
  }
  if (left == 0) return true;
  return Fail(error, "DAMAGED", reader->offset(),
              "expected spans for the whole original but %llu bytes are missing",
              static_cast<unsigned long long>(left));
}

bool CheckExpansion(const Header& header, const Table& table, DecodeError* error) {
  for (uint32_t i = 0; i < header.info.block_count; i++) {
    const Block& block = table.blocks[i];
    const uint64_t most = static_cast<uint64_t>(block.codec->maximum_expansion) * block.coded.size;
    if (block.length == 0 || block.length > most) {
      return Fail(error, "DAMAGED", block.coded.offset,
                  "expected 1 to %llu bytes in block %u but received %llu",
                  static_cast<unsigned long long>(most), i, static_cast<unsigned long long>(block.length));
    }
  }
  return true;
}

// So that a small file cannot ask for much memory: every codec has a largest expansion, every entry of the
// table a least size.
bool CheckPlausible(const Header& header, DecodeError* error) {
  const uint64_t most = static_cast<uint64_t>(kMaximumExpansion) * header.data.size;
  if (header.info.original_size > most) {
    return Fail(error, "DAMAGED", kSizeOffset, "expected at most %llu for original size but received %llu",
                static_cast<unsigned long long>(most),
                static_cast<unsigned long long>(header.info.original_size));
  }
  const uint64_t least = uint64_t{header.info.block_count} + 2ull * header.info.span_count +
                         kProductEntry * header.info.product_count;
  if (header.table_length < least) {
    return Fail(error, "DAMAGED", kSizeOffset, "expected at least %llu for table length but received %u",
                static_cast<unsigned long long>(least), header.table_length);
  }
  return true;
}

// Their number, and their bytes, to be read when the header's checksum is known to be right.
bool TakeSharedTables(Reader* reader, Header* header) {
  uint64_t count, length = 0;
  if (!reader->Bounded("number of shared tables", 0, kMaximumSharedTables, &count)) return false;
  if (count > 0 && !reader->Bounded("length of shared tables", 1, kMaximumSharedBytes, &length)) return false;
  header->shared_count = static_cast<uint32_t>(count);
  return reader->Take(length, "shared tables", &header->shared_tables);
}

}  // namespace

bool ReadHeader(const uint8_t* data, size_t size, Header* header, DecodeError* error) {
  Reader reader({data, size, 0}, error);
  uint32_t flags = 0, stored = 0;
  uint64_t table_length = 0, coded_length = 0;
  if (!ReadIdentity(&reader, data, size, &flags, error) || !ReadCounts(&reader, &header->info, error))
    return false;
  header->references = 0;
  if ((flags & kReferencesFlag) != 0 && !ReadMark(&reader, &header->references, error)) return false;
  if (!reader.Bounded("table length", 0, kMaximumTable, &table_length)) return false;
  const uint32_t codec = flags & kTableCodecBits;
  header->table_codec = FindCodec(codec, 5, error);
  if (header->table_codec == nullptr) return false;
  header->table_length = static_cast<uint32_t>(table_length);
  coded_length = table_length;
  if (codec != kRawCodec && !reader.Bounded("coded table length", 1, table_length, &coded_length))
    return false;
  if (!reader.Take(coded_length, "table", &header->table)) return false;
  header->block_checksums = (flags & kNoChecksumsFlag) == 0;
  const uint64_t checksum_bytes = header->block_checksums ? 4ull * header->info.block_count : 0;
  if (!reader.Take(checksum_bytes, "block checksums", &header->checksums)) return false;
  if (!TakeSharedTables(&reader, header)) return false;
  const uint64_t checksum_at = reader.offset();
  if (!reader.U32("header checksum", &stored)) return false;
  const uint32_t actual = Crc32c(data, static_cast<size_t>(checksum_at));
  if (stored != actual) {
    return Fail(error, "DAMAGED", checksum_at, "expected 0x%08x for header checksum but received 0x%08x",
                actual, stored);
  }
  header->data = reader.Rest();
  if (header->data.size < 4) {
    return Fail(error, "DAMAGED", size, "expected 4 more bytes for file checksum but received the end");
  }
  header->data.size -= 4;
  if (table_length > kMaximumExpansion * coded_length) {
    return Fail(error, "DAMAGED", header->table.offset,
                "expected at most %llu bytes for table length but received %llu",
                static_cast<unsigned long long>(kMaximumExpansion * coded_length),
                static_cast<unsigned long long>(table_length));
  }
  return CheckPlausible(*header, error);
}

size_t TableScratch(const Header& header) {
  return header.table_length + header.info.block_count * sizeof(Block) +
         (header.info.span_count + size_t{1}) * sizeof(Span) + header.info.product_count * sizeof(Product) +
         SharedTablesScratch(header.shared_count) + 5 * 64 +
         header.table_codec->scratch(header.table, header.table_length);
}

bool ReadTableBytes(const Header& header, Scratch* scratch, Bytes* bytes, DecodeError* error) {
  uint8_t* decoded = scratch->Take<uint8_t>(header.table_length);
  if (decoded == nullptr) return OutOfScratch(error, 0);
  *bytes = {decoded, header.table_length, header.table.offset};
  return header.table_codec->decode(header.table, decoded, header.table_length, kNoEnvironment, *scratch,
                                    error);
}

bool ReadTable(const Header& header, Table* table, Scratch* scratch, DecodeError* error) {
  table->blocks = scratch->Take<Block>(header.info.block_count);
  table->spans = scratch->Take<Span>(header.info.span_count + size_t{1});
  table->products = scratch->Take<Product>(header.info.product_count);
  if (table->blocks == nullptr || table->spans == nullptr || table->products == nullptr)
    return OutOfScratch(error, 0);
  Bytes bytes = {};
  if (!ReadTableBytes(header, scratch, &bytes, error)) return false;
  Reader reader(bytes, error);
  if (!ReadBlocks(&reader, header, table->blocks, error) || !ReadSpans(&reader, header, table, error) ||
      !ReadProducts(&reader, header.info.original_size, header.info.product_count, table->products, error)) {
    return false;
  }
  if (reader.remaining() > 0) {
    return Fail(error, "DAMAGED", reader.offset(), "expected no more bytes after the table but received %zu",
                reader.remaining());
  }
  if (!ReadSharedTables(header.shared_tables, header.shared_count, &table->environment, scratch, error))
    return false;
  return CheckExpansion(header, *table, error);
}

}  // namespace weightfold
