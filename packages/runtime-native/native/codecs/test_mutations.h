// Damage behind valid checksums, so that table and codecs themselves meet it: for tests and for bench:fuzz.
#ifndef WEIGHTFOLD_CODECS_TEST_MUTATIONS_H_
#define WEIGHTFOLD_CODECS_TEST_MUTATIONS_H_

#include <algorithm>
#include <ctime>
#include <memory>
#include <vector>

#include "common/crc32c.h"
#include "container.h"
#include "table.h"

namespace weightfold {

using FileBytes = std::vector<uint8_t>;

class Random {
 public:
  explicit Random(uint32_t seed) : state_(seed * 0x9e3779b1u | 1) { Below(2); }
  // xorshift32 (Marsaglia, 2003).
  uint32_t Below(size_t end) {
    state_ ^= state_ << 13;
    state_ ^= state_ >> 17;
    state_ ^= state_ << 5;
    return static_cast<uint32_t>(state_ % end);
  }
  uint8_t Byte() { return static_cast<uint8_t>(Below(256)); }

 private:
  uint32_t state_;
};

// What one decode asked for, and what became of it.
struct Outcome {
  bool decoded;
  DecodeError error;
  FileBytes original;
  size_t largest;       // bytes of memory, scratch and output together
  double milliseconds;  // of CPU time: the machine may be busy with something else
};

// Decodes as the runtime does. Memory and scratch have exactly the sizes that were asked for, so that a
// sanitizer sees what goes beyond.
inline void Decode(const FileBytes& file, size_t limit, Outcome* outcome) {
  const std::clock_t start = std::clock();
  *outcome = {false, {nullptr, 0, ""}, {}, 0, 0};
  DecodeError* error = &outcome->error;
  ContainerInfo info;
  const wfz_file* opened;
  if (wfz_read_info(file.data(), file.size(), &info, error)) {
    const std::unique_ptr<uint8_t[]> memory(new uint8_t[info.memory_size]);
    outcome->largest = info.memory_size;
    if (info.original_size > limit) {
      *error = {"TOO_LARGE", 0, "larger than the caller's limit"};
    } else if (wfz_open(file.data(), file.size(), memory.get(), info.memory_size, &opened, error)) {
      const size_t scratch_size = wfz_scratch_size(opened);
      const std::unique_ptr<uint8_t[]> scratch(new uint8_t[scratch_size]);
      outcome->original.assign(static_cast<size_t>(info.original_size), 0xa5);
      uint8_t* original = outcome->original.data();
      outcome->largest += scratch_size + outcome->original.size();
      outcome->decoded =
          wfz_decode(opened, original, outcome->original.size(), scratch.get(), scratch_size, error) &&
          wfz_verify_hash(opened, original, outcome->original.size(), error);
    }
  }
  outcome->milliseconds = 1e3 * static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
}

inline void Append(FileBytes* to, const FileBytes& bytes) {
  to->insert(to->end(), bytes.begin(), bytes.end());
}

inline void AppendChecksum(FileBytes* bytes) {
  const uint32_t crc = Crc32c(bytes->data(), bytes->size());
  bytes->resize(bytes->size() + 4);
  StoreLittle32(bytes->data() + bytes->size() - 4, crc);
}

// A container cut in two where damage must not move checksums: header and coded blocks, without the
// checksums.
struct Parts {
  FileBytes header;
  FileBytes blocks;
};

inline FileBytes Join(const Parts& parts) {
  FileBytes file = parts.header;
  AppendChecksum(&file);
  Append(&file, parts.blocks);
  AppendChecksum(&file);
  return file;
}

inline bool Split(const FileBytes& file, Parts* parts) {
  Header header;
  DecodeError error;
  if (!ReadHeader(file.data(), file.size(), &header, &error)) return false;
  const auto blocks = file.begin() + static_cast<ptrdiff_t>(header.data.offset);
  parts->header.assign(file.begin(), blocks - 4);
  parts->blocks.assign(blocks, file.end() - 4);
  return true;
}

// The same container with a table that is not coded, so that damage meets the table's own fields.
inline bool SplitWithPlainTable(const FileBytes& file, Parts* parts) {
  Header header;
  DecodeError error;
  if (!Split(file, parts) || !ReadHeader(file.data(), file.size(), &header, &error) ||
      header.table_codec->decode == DecodeRaw)
    return false;
  FileBytes memory(TableScratch(header));
  Scratch scratch(memory.data(), memory.size());
  Bytes table = {};
  if (!ReadTableBytes(header, &scratch, &table, &error)) return false;
  size_t coded_length_field = 1;
  for (size_t length = header.table.size; length >= 128; length >>= 7) coded_length_field++;
  const size_t after_table = static_cast<size_t>(header.table.offset) + header.table.size;
  const FileBytes shared_tables(parts->header.begin() + static_cast<ptrdiff_t>(after_table),
                                parts->header.end());
  parts->header.resize(static_cast<size_t>(header.table.offset) - coded_length_field);
  parts->header[5] &= 0xf0;  // codec of the table
  Append(&parts->header, FileBytes(table.data, table.data + table.size));
  Append(&parts->header, shared_tables);
  return true;
}

// One change in [first, end): bytes set, flipped, copied, put in or taken out.
inline void Mutate(FileBytes* bytes, size_t first, Random* random) {
  if (bytes->size() <= first) return;
  const size_t at = first + random->Below(bytes->size() - first);
  const size_t from = first + random->Below(bytes->size() - first);
  const size_t length = std::min<size_t>(1 + random->Below(16), bytes->size() - std::max(at, from));
  const uint8_t extremes[] = {0, 1, 127, 128, 255};
  const auto place = bytes->begin() + static_cast<ptrdiff_t>(at);
  switch (random->Below(6)) {
    case 0:
      (*bytes)[at] ^= static_cast<uint8_t>(1u << random->Below(8));
      break;
    case 1:
      (*bytes)[at] = random->Byte();
      break;
    case 2:
      (*bytes)[at] = extremes[random->Below(5)];
      break;
    case 3:
      std::copy_n(FileBytes(bytes->begin() + static_cast<ptrdiff_t>(from), bytes->end()).begin(), length,
                  place);
      break;
    case 4:
      bytes->insert(place, 1 + random->Below(4), random->Byte());
      break;
    default:
      bytes->erase(place, place + static_cast<ptrdiff_t>(std::min<size_t>(length, 4)));
  }
}

// Case `index` of a seed: one to three changes, as many in the header as in the blocks; most of those in the
// blocks near their beginning, where the codecs' own headers and tables are. Checksums are right again.
inline FileBytes MutatedCase(const Parts& parts, uint32_t seed, uint32_t index) {
  constexpr size_t kIdentity = 6;  // magic, version and flags stay
  Random random(seed ^ index * 0x85ebca6bu);
  Parts damaged = parts;
  for (uint32_t edits = 1 + random.Below(3); edits > 0; edits--) {
    if (random.Below(2) == 0) {
      Mutate(&damaged.header, kIdentity, &random);
    } else {
      Mutate(&damaged.blocks, 0, &random);
    }
  }
  return Join(damaged);
}

}  // namespace weightfold

#endif  // WEIGHTFOLD_CODECS_TEST_MUTATIONS_H_
