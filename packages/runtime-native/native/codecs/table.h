// Header and table of a container (SPEC.md, "File" and "Table").
#ifndef WEIGHTFOLD_CODECS_TABLE_H_
#define WEIGHTFOLD_CODECS_TABLE_H_

#include "codec.h"
#include "products.h"

namespace weightfold {

// The header's fields, checked, and where the parts of the file are.
struct Header {
  ContainerInfo info;
  bool block_checksums;
  const Codec* table_codec;
  uint32_t references;  // mark of words of block 0 that stand for references, 0 for none
  uint32_t table_length;
  Bytes table;      // as stored
  Bytes checksums;  // 4 bytes per block, or none
  uint32_t shared_count;
  Bytes shared_tables;  // as stored
  Bytes data;           // the coded blocks
};

struct Block {
  const Codec* codec;
  Bytes coded;
  uint64_t id;
  uint64_t length;
  uint64_t work;  // relative time that decoding takes
  uint32_t kind;
  bool has_crc;
  uint32_t crc;
  uint32_t spans;
  uint32_t first_span;
  uint32_t last_span;
};

// The spans of a block are a list in the order of the original.
struct Span {
  uint32_t offset;
  uint32_t length;
  uint32_t next;
};
constexpr uint32_t kNoSpan = UINT32_MAX;

struct Table {
  Block* blocks;
  Span* spans;  // with the implied one
  Product* products;
  Environment environment;
};

bool ReadHeader(const uint8_t* data, size_t size, Header* header, DecodeError* error);

// The table's bytes, decoded to scratch when they are coded.
bool ReadTableBytes(const Header& header, Scratch* scratch, Bytes* bytes, DecodeError* error);

// Scratch that ReadTable needs: what it keeps in use, and what decoding a coded table takes.
size_t TableScratch(const Header& header);

bool ReadTable(const Header& header, Table* table, Scratch* scratch, DecodeError* error);

}  // namespace weightfold

#endif  // WEIGHTFOLD_CODECS_TABLE_H_
