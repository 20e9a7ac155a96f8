// Static rANS with interleaved states and one table per class (formats/container/src/codecs/rans/spec.md).
#include "../codec.h"
#include "frequency_tables.h"
#include "lanes.h"

namespace weightfold {
namespace {

constexpr uint32_t kTotal = 4096;
constexpr uint32_t kMaximumTables = 16;
constexpr uint64_t kMaximumLines = 65536;

bool ReadShape(Reader* reader, size_t length, RansPlan* plan, DecodeError* error) {
  const uint64_t at = reader->offset();
  uint32_t head;
  uint64_t row_length, rows = 1, columns = 1;
  if (!reader->U8("rANS header", &head)) return false;
  if ((head & 15) > 6 || head >> 4 > 3) {
    return Fail(error, "DAMAGED", at,
                "expected lanes to 2^6 and resolution to 2^3 for rANS header but received %u", head);
  }
  plan->lanes = 1u << (head & 15);
  plan->resolution = 1u << (head >> 4);
  plan->row_count = plan->column_count = 1;
  if (!reader->Bounded("row length", 0, length, &row_length)) return false;
  plan->row_length = static_cast<size_t>(row_length);
  if (row_length == 0) return true;
  if (!reader->Bounded("row classes", 1, kMaximumTables, &rows)) return false;
  if (!reader->Bounded("column classes", 1, kMaximumTables, &columns)) return false;
  plan->row_count = static_cast<uint32_t>(rows);
  plan->column_count = static_cast<uint32_t>(columns);
  const uint64_t row_lines = rows > 1 ? (length + row_length - 1) / row_length : 1;
  const uint64_t column_lines = columns > 1 ? row_length : 1;
  if (rows * columns > kMaximumTables || row_lines > kMaximumLines || column_lines > kMaximumLines) {
    return Fail(error, "DAMAGED", at,
                "expected at most 16 tables and 65536 rows and columns for rANS classes");
  }
  return true;
}

// Lines of the class maps, 1 where there is none.
size_t RowLines(const RansPlan& plan, size_t length) {
  return plan.row_count > 1 ? (length + plan.row_length - 1) / plan.row_length : 1;
}
size_t ColumnLines(const RansPlan& plan) { return plan.column_count > 1 ? plan.row_length : 1; }

bool ReadSide(Bytes side, size_t length, RansPlan* plan, Scratch* scratch, DecodeError* error) {
  const size_t rows = RowLines(*plan, length), columns = ColumnLines(*plan);
  const uint32_t tables = plan->row_count * plan->column_count;
  plan->row_classes = scratch->Take<uint8_t>(rows);
  plan->column_classes = scratch->Take<uint8_t>(columns);
  plan->slots = scratch->Take<uint32_t>(static_cast<size_t>(tables) * kTotal);
  uint32_t* models = scratch->Take<uint32_t>(kTableNumberContexts * NumberDecoder::kModelsPerContext);
  if (plan->row_classes == nullptr || plan->column_classes == nullptr || plan->slots == nullptr ||
      models == nullptr) {
    return OutOfScratch(error, side.offset);
  }
  plan->row_classes[0] = plan->column_classes[0] = 0;
  NumberDecoder input(side, models, kTableNumberContexts);
  if (plan->row_count > 1 &&
      !ReadClasses(&input, plan->row_classes, rows, plan->row_count, 0, side.offset, error)) {
    return false;
  }
  if (plan->column_count > 1 &&
      !ReadClasses(&input, plan->column_classes, columns, plan->column_count, 16, side.offset, error)) {
    return false;
  }
  uint8_t levels[256];
  uint32_t frequency[256];
  for (uint32_t t = 0; t < tables; t++) {
    if (!ReadLevels(&input, plan->resolution, t > 0, levels)) {
      return Fail(error, "DAMAGED", side.offset,
                  "expected levels in range, one above 0, for frequency table %u", t);
    }
    MakeFrequencies(levels, plan->resolution, kMostTotalLog2, frequency);
    MakeSlots(frequency, kMostTotalLog2, plan->slots + static_cast<size_t>(t) * kTotal);
  }
  if (input.exact()) return true;
  return Fail(error, "DAMAGED", side.offset, "expected all bytes to be used for rANS side information");
}

}  // namespace

size_t RansScratch(Bytes coded, size_t length) {
  DecodeError ignored;
  Reader reader(coded, &ignored);
  RansPlan plan = {};
  if (!ReadShape(&reader, length, &plan, &ignored)) return 0;
  const size_t slots = static_cast<size_t>(plan.row_count) * plan.column_count * kTotal;
  const size_t models = kTableNumberContexts * NumberDecoder::kModelsPerContext;
  return RowLines(plan, length) + ColumnLines(plan) + (slots + models) * sizeof(uint32_t) + 4 * 64;
}

bool DecodeRans(Bytes coded, uint8_t* out, size_t length, Scratch scratch, DecodeError* error) {
  Reader reader(coded, error);
  RansPlan plan = {};
  uint64_t side_length;
  Bytes side = {};
  if (!ReadShape(&reader, length, &plan, error)) return false;
  if (!reader.Varint("length of rANS side information", &side_length)) return false;
  if (!reader.Take(side_length, "rANS side information", &side)) return false;
  if (!ReadSide(side, length, &plan, &scratch, error)) return false;
  RansStream stream = {};
  for (uint32_t lane = 0; lane < plan.lanes; lane++) {
    if (!reader.U32("rANS state", &stream.states[lane])) return false;
  }
  const Bytes words = reader.Rest();
  stream.at = words.data;
  stream.end = words.data + words.size;
  const bool enough = DecodeLanes(plan, &stream, out, length);
  const uint64_t at = words.offset + static_cast<uint64_t>(stream.at - words.data);
  if (!enough) return Fail(error, "DAMAGED", at, "expected 2 more bytes for rANS words but received the end");
  if (stream.at != stream.end) {
    return Fail(error, "DAMAGED", at, "expected no more bytes after rANS words but received %td",
                stream.end - stream.at);
  }
  for (uint32_t lane = 0; lane < plan.lanes; lane++) {
    if (stream.states[lane] != 65536) {
      return Fail(error, "DAMAGED", coded.offset, "expected 65536 for final rANS state %u but received %u",
                  lane, stream.states[lane]);
    }
  }
  return true;
}

}  // namespace weightfold
