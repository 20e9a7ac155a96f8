#include "references.h"

namespace weightfold {
namespace {

constexpr uint32_t kMostTables = 65536;
constexpr uint32_t kPayload = 0xffffff;

uint32_t MostTables(uint64_t length) {
  return length / 4 < kMostTables ? static_cast<uint32_t>(length / 4) : kMostTables;
}

// Calls visit(place, word) for the words of four bytes that lie whole in one span and have this mark, until
// it returns false.
template <typename Visit>
bool ForEachMarked(const Block& block, const Span* spans, const uint8_t* original, uint32_t mark,
                   Visit visit) {
  for (uint32_t s = block.first_span; s != kNoSpan; s = spans[s].next) {
    const uint64_t end = uint64_t{spans[s].offset} + spans[s].length;
    for (uint64_t place = (uint64_t{spans[s].offset} + 3) & ~uint64_t{3}; place + 4 <= end; place += 4) {
      const uint32_t word = LoadLittle32(original + place);
      if (word >> 24 == mark && !visit(static_cast<uint32_t>(place), word)) return false;
    }
  }
  return true;
}

}  // namespace

size_t ReferencesScratch(uint64_t length) { return MostTables(length) * sizeof(uint32_t) + 64; }

bool RestoreReferences(const Block& block, const Span* spans, uint32_t mark, uint8_t* original,
                       Scratch scratch, DecodeError* error) {
  const uint64_t offset = block.coded.offset;
  uint32_t* tables = scratch.Take<uint32_t>(MostTables(block.length));
  if (tables == nullptr) return OutOfScratch(error, offset);
  uint32_t count = 0;
  const auto restore_table = [&](uint32_t place, uint32_t word) {
    if (count == kMostTables) {
      return Fail(error, "DAMAGED", offset, "expected at most %u for tables of references but received more",
                  kMostTables);
    }
    tables[count++] = place;
    StoreLittle32(original + place, place - (word & kPayload));
    return true;
  };
  int64_t number = 0;
  const auto restore_link = [&](uint32_t place, uint32_t word) {
    const int64_t half = (word & kPayload) >> 1;
    number += word & 1 ? -1 - half : half;
    if (number < 0 || number >= count) {
      return Fail(error, "DAMAGED", offset, "expected below %u for table of a reference but received %lld",
                  count, static_cast<long long>(number));
    }
    StoreLittle32(original + place, tables[number] - place);
    return true;
  };
  return ForEachMarked(block, spans, original, mark, restore_table) &&
         ForEachMarked(block, spans, original, mark + 1, restore_link);
}

}  // namespace weightfold
