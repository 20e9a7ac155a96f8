// Static rANS with interleaved states and one table per class (formats/container/src/codecs/rans/spec.md).
#include <cstring>

#include "../codec.h"
#include "coded_tables.h"
#include "lanes.h"
#include "step.h"

namespace weightfold {
namespace {

constexpr uint32_t kMaximumTables = 16;
constexpr uint32_t kMaximumLanesLog2 = 6;
constexpr uint64_t kMaximumLines = 65536;

// The second byte of a block.
enum Form : uint32_t { kOwnTable, kOwnClasses, kSharedClasses, kFirstShared };

// A block's head, and the plan that is made from it.
struct RansBlock {
  RansPlan plan;
  uint32_t total_log2;
  uint32_t form;
  uint32_t* own_slots;
};

bool ReadClassShape(Reader* reader, size_t length, RansPlan* plan, DecodeError* error) {
  const uint64_t at = reader->offset();
  uint64_t row_length, rows, columns;
  if (!reader->Bounded("row length", 1, length, &row_length)) return false;
  if (!reader->Bounded("row classes", 1, kMaximumTables, &rows)) return false;
  if (!reader->Bounded("column classes", 1, kMaximumTables, &columns)) return false;
  plan->row_length = static_cast<size_t>(row_length);
  plan->row_count = static_cast<uint32_t>(rows);
  plan->column_count = static_cast<uint32_t>(columns);
  const uint64_t row_lines = rows > 1 ? (length + row_length - 1) / row_length : 1;
  const uint64_t column_lines = columns > 1 ? row_length : 1;
  if (rows * columns <= kMaximumTables && row_lines <= kMaximumLines && column_lines <= kMaximumLines)
    return true;
  return Fail(error, "DAMAGED", at, "expected at most 16 tables and 65536 rows and columns for rANS classes");
}

bool CheckShared(uint32_t index, uint32_t total_log2, const Environment& environment, uint64_t at,
                 DecodeError* error) {
  if (index < environment.shared_count && total_log2 == kMostTotalLog2) return true;
  return Fail(error, "DAMAGED", at,
              "expected a shared table below %u, with 2^12 slots, for a rANS block but received %u",
              environment.shared_count, index);
}

bool ReadHead(Reader* reader, size_t length, const Environment& environment, RansBlock* block,
              DecodeError* error) {
  const uint64_t at = reader->offset();
  uint32_t head;
  if (!reader->U8("rANS header", &head)) return false;
  if ((head & 15) > kMaximumLanesLog2 || head >> 4 > kMostTotalLog2 - kFewestTotalLog2) {
    return Fail(error, "DAMAGED", at,
                "expected lanes to 2^6, frequencies to 2^12 for rANS header but received %u", head);
  }
  block->plan.lanes = 1u << (head & 15);
  block->total_log2 = kFewestTotalLog2 + (head >> 4);
  block->plan.row_count = block->plan.column_count = 1;
  if (!reader->U8("rANS form", &block->form)) return false;
  if (block->form >= kFirstShared)
    return CheckShared(block->form - kFirstShared, block->total_log2, environment, at, error);
  return block->form == kOwnTable || ReadClassShape(reader, length, &block->plan, error);
}

// The shared table of each class, or kOwn.
struct Choices {
  static constexpr uint32_t kOwn = ~0u;
  uint32_t table[kMaximumTables];
  bool any_own;
};

// Reads what table each class has, and its own tables to their slots.
bool ReadTables(NumberDecoder* input, const Environment& environment, uint64_t at, RansBlock* block,
                Choices* choices, DecodeError* error) {
  CodedTableReader tables;
  uint32_t before = 0;
  choices->any_own = false;
  for (uint32_t t = 0; t < block->plan.row_count * block->plan.column_count; t++) {
    const uint32_t choice = block->form == kSharedClasses ? input->Get(kChoiceContext) : 0;
    choices->table[t] = Choices::kOwn;
    if (choice > 0) {
      before += (choice - 1) & 1 ? 0u - choice / 2 : (choice - 1) / 2;
      if (!CheckShared(before, block->total_log2, environment, at, error)) return false;
      choices->table[t] = before;
      continue;
    }
    choices->any_own = true;
    if (!tables.Read(input, block->total_log2,
                     block->own_slots + (static_cast<size_t>(t) << block->total_log2)))
      return Fail(error, "DAMAGED", at, "expected levels in range, one above 0, for frequency table %u", t);
  }
  return true;
}

// Lines of the class maps, 1 where there is none.
size_t RowLines(const RansPlan& plan, size_t length) {
  return plan.row_count > 1 ? (length + plan.row_length - 1) / plan.row_length : 1;
}
size_t ColumnLines(const RansPlan& plan) { return plan.column_count > 1 ? plan.row_length : 1; }

// Brings the tables of all classes together: the classes of lines become shared tables' numbers where that is
// possible, else shared tables are copied beside the block's own.
void PlaceTables(const Choices& choices, const Environment& environment, size_t rows, size_t columns,
                 RansBlock* block) {
  RansPlan* plan = &block->plan;
  const uint32_t count = plan->row_count * plan->column_count;
  plan->slots = block->own_slots;
  if (count > 1 && !choices.any_own && (plan->row_count == 1 || plan->column_count == 1)) {
    uint8_t* classes = plan->row_count > 1 ? plan->row_classes : plan->column_classes;
    for (size_t i = 0; i < (plan->row_count > 1 ? rows : columns); i++)
      classes[i] = static_cast<uint8_t>(choices.table[classes[i]]);
    plan->slots = environment.shared_slots;
    return;
  }
  constexpr size_t kSlots = size_t{1} << kMostTotalLog2;
  for (uint32_t t = 0; t < count; t++) {
    if (choices.table[t] == Choices::kOwn) continue;
    std::memcpy(block->own_slots + t * kSlots, environment.shared_slots + choices.table[t] * kSlots,
                kSlots * sizeof(uint32_t));
  }
}

bool ReadMaps(NumberDecoder* input, size_t rows, size_t columns, uint64_t at, RansPlan* plan,
              DecodeError* error) {
  plan->row_classes[0] = plan->column_classes[0] = 0;
  return (plan->row_count == 1 ||
          ReadClasses(input, plan->row_classes, rows, plan->row_count, 0, at, error)) &&
         (plan->column_count == 1 ||
          ReadClasses(input, plan->column_classes, columns, plan->column_count, 16, at, error));
}

bool ReadSide(Bytes side, size_t length, const Environment& environment, RansBlock* block, Scratch* scratch,
              DecodeError* error) {
  RansPlan* plan = &block->plan;
  const size_t rows = RowLines(*plan, length), columns = ColumnLines(*plan);
  plan->row_classes = scratch->Take<uint8_t>(rows);
  plan->column_classes = scratch->Take<uint8_t>(columns);
  block->own_slots =
      scratch->Take<uint32_t>(static_cast<size_t>(plan->row_count) * plan->column_count << block->total_log2);
  uint32_t* models = scratch->Take<uint32_t>(kRansContexts * NumberDecoder::kModelsPerContext);
  if (plan->row_classes == nullptr || plan->column_classes == nullptr || block->own_slots == nullptr ||
      models == nullptr) {
    return OutOfScratch(error, side.offset);
  }
  NumberDecoder input(side, models, kRansContexts);
  Choices choices;
  if (!ReadMaps(&input, rows, columns, side.offset, plan, error)) return false;
  if (!ReadTables(&input, environment, side.offset, block, &choices, error)) return false;
  PlaceTables(choices, environment, rows, columns, block);
  if (input.exact()) return true;
  return Fail(error, "DAMAGED", side.offset, "expected all bytes to be used for rANS side information");
}

// One symbol at a time, for tables of fewer than 4096 slots: microcontrollers' blocks, which are small.
bool DecodeSmallTotal(const RansBlock& block, RansStream* stream, uint8_t* out, size_t length) {
  const RansPlan& plan = block.plan;
  const uint32_t mask = (1u << block.total_log2) - 1;
  for (size_t i = 0; i < length; i++) {
    const uint32_t row = plan.row_count > 1 ? plan.row_classes[i / plan.row_length] : 0;
    const uint32_t column = plan.column_count > 1 ? plan.column_classes[i % plan.row_length] : 0;
    const size_t table = row * plan.column_count + column;
    uint32_t* state = &stream->states[i % plan.lanes];
    const uint32_t slot = plan.slots[(table << block.total_log2) + (*state & mask)];
    *state = NextState(slot, *state >> block.total_log2);
    out[i] = static_cast<uint8_t>(slot);
    if (*state >= 65536) continue;
    if (stream->end - stream->at < 2) return false;
    *state = *state << 16 | static_cast<uint32_t>(stream->at[0]) | static_cast<uint32_t>(stream->at[1]) << 8;
    stream->at += 2;
  }
  return true;
}

// The last two symbols of each lane are in its final state, in blocks that have as many.
bool TakeTail(const RansPlan& plan, const RansStream& stream, uint8_t* out, size_t length, size_t tail,
              uint64_t at, DecodeError* error) {
  for (uint32_t lane = 0; lane < plan.lanes; lane++) {
    const uint32_t state = stream.states[lane];
    if (tail > 0 ? state >> 16 == 1 : state == 65536) continue;
    return Fail(error, "DAMAGED", at, "expected 65536%s for final rANS state %u but received %u",
                tail > 0 ? " to 131071" : "", lane, state);
  }
  for (size_t j = 0; j < tail; j++) {
    const size_t i = length - tail + j;
    out[i] = static_cast<uint8_t>(stream.states[i % plan.lanes] >> (j < plan.lanes ? 0 : 8));
  }
  return true;
}

bool DecodeSymbols(const RansBlock& block, Reader* reader, uint8_t* out, size_t length, uint64_t block_at,
                   DecodeError* error) {
  const RansPlan& plan = block.plan;
  RansStream stream = {};
  for (uint32_t lane = 0; lane < plan.lanes; lane++) {
    if (!reader->U32("rANS state", &stream.states[lane])) return false;
  }
  const Bytes words = reader->Rest();
  stream.at = words.data;
  stream.end = words.data + words.size;
  const size_t tail = length < 2 * plan.lanes ? 0 : 2 * plan.lanes;
  const bool enough = block.total_log2 == kMostTotalLog2
                          ? DecodeLanes(plan, &stream, out, length - tail)
                          : DecodeSmallTotal(block, &stream, out, length - tail);
  const uint64_t at = words.offset + static_cast<uint64_t>(stream.at - words.data);
  if (!enough) return Fail(error, "DAMAGED", at, "expected 2 more bytes for rANS words but received the end");
  if (stream.at != stream.end) {
    return Fail(error, "DAMAGED", at, "expected no more bytes after rANS words but received %td",
                stream.end - stream.at);
  }
  return TakeTail(plan, stream, out, length, tail, block_at, error);
}

}  // namespace

size_t RansScratch(Bytes coded, size_t length) {
  // Whether the shared tables are there is not known here: decoding checks it.
  constexpr Environment kAnyTables = {nullptr, static_cast<uint32_t>(kMaximumSharedTables)};
  DecodeError ignored;
  Reader reader(coded, &ignored);
  RansBlock block = {};
  if (!ReadHead(&reader, length, kAnyTables, &block, &ignored) || block.form >= kFirstShared) return 0;
  const RansPlan& plan = block.plan;
  const size_t slots = static_cast<size_t>(plan.row_count) * plan.column_count << block.total_log2;
  const size_t models = kRansContexts * NumberDecoder::kModelsPerContext;
  return RowLines(plan, length) + ColumnLines(plan) + (slots + models) * sizeof(uint32_t) + 4 * 64;
}

bool DecodeRans(Bytes coded, uint8_t* out, size_t length, const Environment& environment, Scratch scratch,
                DecodeError* error) {
  Reader reader(coded, error);
  RansBlock block = {};
  if (!ReadHead(&reader, length, environment, &block, error)) return false;
  if (block.form >= kFirstShared) {
    const size_t table = block.form - kFirstShared;
    block.plan.slots = environment.shared_slots + (table << kMostTotalLog2);
    return DecodeSymbols(block, &reader, out, length, coded.offset, error);
  }
  uint64_t side_length;
  Bytes side = {};
  if (!reader.Varint("length of rANS side information", &side_length)) return false;
  if (!reader.Take(side_length, "rANS side information", &side)) return false;
  if (!ReadSide(side, length, environment, &block, &scratch, error)) return false;
  return DecodeSymbols(block, &reader, out, length, coded.offset, error);
}

}  // namespace weightfold
