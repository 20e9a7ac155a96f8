#include "lanes.h"

#include <cstring>

#include "../../base/cpu.h"
#include "step.h"

namespace weightfold {
namespace {

constexpr uint32_t kTotal = 4096;
// Symbols whose tables are written down at a time. A multiple of all numbers of lanes.
constexpr size_t kChunk = 4096;

// One symbol with every check. False when words are missing.
inline bool CheckedStep(RansStream* stream, uint32_t lane, const uint32_t* slots, uint8_t* out) {
  const uint32_t state = stream->states[lane];
  const uint32_t slot = slots[state & (kTotal - 1)];
  uint32_t next = NextState(slot, state >> 12);
  if (next < 65536) {
    if (stream->end - stream->at < 2) return false;
    next = next << 16 | static_cast<uint32_t>(stream->at[0]) | static_cast<uint32_t>(stream->at[1]) << 8;
    stream->at += 2;
  }
  stream->states[lane] = next;
  *out = static_cast<uint8_t>(slot);
  return true;
}

// The tables of symbols one after another, row by row.
class TableReader {
 public:
  explicit TableReader(const RansPlan& plan) : plan_(plan) {}

  void Next(uint8_t* tables, size_t count) {
    while (count > 0) {
      const size_t left = plan_.row_length - column_;
      const size_t part = count < left ? count : left;
      Fill(tables, part);
      tables += part;
      count -= part;
      column_ += part;
      if (column_ < plan_.row_length) continue;
      column_ = 0;
      row_++;
    }
  }

 private:
  void Fill(uint8_t* tables, size_t count) const {
    const uint32_t base = plan_.row_count > 1 ? plan_.row_classes[row_] * plan_.column_count : 0;
    if (plan_.column_count == 1) {
      std::memset(tables, static_cast<int>(base), count);
      return;
    }
    const uint8_t* classes = plan_.column_classes + column_;  // in the loop the table's bytes might change it
    for (size_t i = 0; i < count; i++) tables[i] = static_cast<uint8_t>(base + classes[i]);
  }

  const RansPlan& plan_;
  size_t row_ = 0;
  size_t column_ = 0;
};

// Whether the only table has one symbol, of frequency 4096: it leaves every state as it is, and takes words
// for none.
bool IsConstant(const RansPlan& plan, const RansStream& stream) {
  if (plan.row_count * plan.column_count != 1 || plan.slots[0] >> kSlotFrequencyShift != kTotal - 1)
    return false;
  for (uint32_t lane = 0; lane < plan.lanes; lane++) {
    if (stream.states[lane] < 65536) return false;
  }
  return true;
}

DecodeRoundsFunction ChooseRounds(uint32_t lanes) {
  DecodeRoundsFunction chosen = nullptr;
#if defined(__x86_64__)
  const uint32_t features = CpuFeatures();
  if (features & kCpuAvx512) chosen = RansRoundsAvx512(lanes);
  if (chosen == nullptr && features & kCpuAvx2) chosen = RansRoundsAvx2(lanes);
#endif
  return chosen != nullptr ? chosen : RansRoundsScalar(lanes);
}

}  // namespace

bool DecodeLanesWith(DecodeRoundsFunction decode_rounds, const RansPlan& plan, RansStream* stream,
                     uint8_t* out, size_t length) {
  const bool one_table = plan.row_count * plan.column_count == 1;
  TableReader reader(plan);
  uint8_t tables[kChunk];
  const size_t chunk = one_table ? length : kChunk;
  for (size_t first = 0; first < length; first += chunk) {
    const size_t count = length - first < chunk ? length - first : chunk;
    if (!one_table) reader.Next(tables, count);
    const size_t rounds =
        decode_rounds(plan.slots, one_table ? nullptr : tables, stream, out + first, count / plan.lanes);
    for (size_t i = rounds * plan.lanes; i < count; i++) {
      const uint32_t* slots = one_table ? plan.slots : plan.slots + size_t{tables[i]} * kTotal;
      if (!CheckedStep(stream, static_cast<uint32_t>(i % plan.lanes), slots, out + first + i)) return false;
    }
  }
  return true;
}

bool DecodeLanes(const RansPlan& plan, RansStream* stream, uint8_t* out, size_t length) {
  if (IsConstant(plan, *stream)) {
    std::memset(out, static_cast<int>(plan.slots[0] & 255), length);
    return true;
  }
  return DecodeLanesWith(ChooseRounds(plan.lanes), plan, stream, out, length);
}

}  // namespace weightfold
