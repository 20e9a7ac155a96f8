// Static rANS with interleaved states and one table per class (formats/container/src/codecs/rans/spec.md).
#include "../codec.h"
#include "../common/binary_decoder.h"

namespace weightfold {
namespace {

constexpr uint32_t kTotal = 4096;
constexpr uint32_t kMaximumTables = 16;
constexpr uint64_t kMaximumLines = 65536;
constexpr size_t kNumberContexts = 45;
constexpr uint32_t kCountContext = 32;
constexpr uint32_t kLevelContext = 33;

// 2^(j/8) in 16.16 fixed point.
constexpr uint64_t kOctave[8] = {65536, 71468, 77936, 84990, 92682, 101070, 110218, 120194};

struct Plan {
  uint32_t lanes;
  uint32_t resolution;
  size_t row_length;  // 0: one table
  uint32_t row_count;
  uint32_t column_count;
  uint8_t* row_classes;
  uint8_t* column_classes;
  // Per table 4096 slots: symbol << 24 | (frequency - 1) << 12 | offset in the symbol's range.
  uint32_t* slots;
};

// Levels to frequencies that add up to 4096.
void MakeFrequencies(const uint8_t levels[256], uint32_t resolution, uint32_t frequency[256]) {
  uint64_t weights[256];
  uint64_t sum = 0;
  for (int s = 0; s < 256; s++) {
    const uint32_t eighths = levels[s] == 0 ? 0 : (levels[s] - 1u) * 8 / resolution;
    weights[s] = levels[s] == 0 ? 0 : kOctave[eighths & 7] << (eighths >> 3);
    sum += weights[s];
  }
  int32_t excess = -static_cast<int32_t>(kTotal);
  for (int s = 0; s < 256; s++) {
    const uint64_t scaled = weights[s] * kTotal / sum;
    frequency[s] = weights[s] == 0 ? 0 : scaled == 0 ? 1 : static_cast<uint32_t>(scaled);
    excess += static_cast<int32_t>(frequency[s]);
  }
  while (excess != 0) {
    int largest = 0;
    for (int s = 1; s < 256; s++) {
      if (frequency[s] > frequency[largest]) largest = s;
    }
    const int32_t step = excess > 0 ? 1 : excess;
    frequency[largest] = static_cast<uint32_t>(static_cast<int32_t>(frequency[largest]) - step);
    excess -= step;
  }
}

void MakeSlots(const uint32_t frequency[256], uint32_t* slots) {
  uint32_t at = 0;
  for (uint32_t s = 0; s < 256; s++) {
    for (uint32_t i = 0; i < frequency[s]; i++) slots[at++] = s << 24 | (frequency[s] - 1) << 12 | i;
  }
}

// Reads the levels of one table. levels holds the table before it when `has_before`, and the new one
// afterwards.
bool ReadLevels(NumberDecoder* input, uint32_t resolution, bool has_before, uint8_t levels[256]) {
  const uint32_t count = input->Get(kCountContext) + 1;
  if (count > 256) return false;
  const uint32_t most = 1 + 12 * resolution;
  uint32_t last = 0;
  bool any = false;
  for (uint32_t i = 0; i < 256; i++) {
    if (i >= count) {
      levels[i] = 0;
      continue;
    }
    const uint32_t expected = has_before ? levels[i] : i > 0 ? levels[i - 1] : 0;
    const uint32_t size = last == 0 ? 0 : last < 3 ? 1 : 2;
    last = input->Get(kLevelContext + (has_before ? 6 : 0) + (expected == 0 ? 0 : 3) + size);
    const int32_t difference =
        last & 1 ? -static_cast<int32_t>((last + 1) >> 1) : static_cast<int32_t>(last >> 1);
    const int32_t level = static_cast<int32_t>(expected) + difference;
    if (level < 0 || level > static_cast<int32_t>(most)) return false;
    levels[i] = static_cast<uint8_t>(level);
    any |= level > 0;
  }
  return any;
}

bool ReadShape(Reader* reader, size_t length, Plan* plan, DecodeError* error) {
  const uint64_t at = reader->offset();
  uint32_t head;
  uint64_t row_length, rows = 1, columns = 1;
  if (!reader->U8("rANS header", &head)) return false;
  if ((head & 15) > 5 || head >> 4 > 3) {
    return Fail(error, "DAMAGED", at,
                "expected lanes to 2^5 and resolution to 2^3 for rANS header but received %u", head);
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

bool ReadSide(Bytes side, size_t length, Plan* plan, Scratch* scratch, DecodeError* error) {
  const size_t rows = plan->row_count > 1 ? (length + plan->row_length - 1) / plan->row_length : 1;
  const size_t columns = plan->column_count > 1 ? plan->row_length : 1;
  const uint32_t tables = plan->row_count * plan->column_count;
  plan->row_classes = scratch->Take<uint8_t>(rows);
  plan->column_classes = scratch->Take<uint8_t>(columns);
  plan->slots = scratch->Take<uint32_t>(static_cast<size_t>(tables) * kTotal);
  uint32_t* models = scratch->Take<uint32_t>(kNumberContexts * NumberDecoder::kModelsPerContext);
  if (plan->row_classes == nullptr || plan->column_classes == nullptr || plan->slots == nullptr ||
      models == nullptr) {
    return OutOfScratch(error, side.offset);
  }
  plan->row_classes[0] = plan->column_classes[0] = 0;
  NumberDecoder input(side, models, kNumberContexts);
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
    MakeFrequencies(levels, plan->resolution, frequency);
    MakeSlots(frequency, plan->slots + static_cast<size_t>(t) * kTotal);
  }
  if (input.exact()) return true;
  return Fail(error, "DAMAGED", side.offset, "expected all bytes to be used for rANS side information");
}

// Words that remain, and the interleaved states.
struct Stream {
  uint32_t states[32];
  const uint8_t* at;
  const uint8_t* end;
};

inline uint8_t Step(uint32_t* state, const uint32_t* slots) {
  const uint32_t slot = slots[*state & (kTotal - 1)];
  *state = ((slot >> 12 & 4095) + 1) * (*state >> 12) + (slot & 4095);
  return static_cast<uint8_t>(slot >> 24);
}

inline void Refill(uint32_t* state, const uint8_t** at) {
  const uint32_t word = static_cast<uint32_t>((*at)[0]) | static_cast<uint32_t>((*at)[1]) << 8;
  const bool low = *state < 65536;
  *state = low ? *state << 16 | word : *state;
  *at += low ? 2 : 0;
}

// One symbol with every check. False when words are missing.
inline bool CheckedStep(Stream* stream, uint32_t lane, const uint32_t* slots, uint8_t* out) {
  uint32_t* state = &stream->states[lane];
  *out = Step(state, slots);
  if (*state >= 65536) return true;
  if (stream->end - stream->at < 2) return false;
  Refill(state, &stream->at);
  return true;
}

// Symbols [first, end) with one table; lane = position modulo lanes.
template <uint32_t kLanes>
bool DecodeRun(Stream* stream, const uint32_t* slots, uint8_t* out, size_t first, size_t end) {
  size_t i = first;
  for (; i < end && i % kLanes != 0; i++) {
    if (!CheckedStep(stream, i % kLanes, slots, out + i)) return false;
  }
  uint32_t states[kLanes];
  for (uint32_t lane = 0; lane < kLanes; lane++) states[lane] = stream->states[lane];
  const uint8_t* at = stream->at;
  // A round of all lanes takes at most 2 * kLanes bytes, so that one check serves the round.
  for (; end - i >= kLanes && stream->end - at >= static_cast<ptrdiff_t>(2 * kLanes) && i < end;
       i += kLanes) {
    for (uint32_t lane = 0; lane < kLanes; lane++) {
      out[i + lane] = Step(&states[lane], slots);
      Refill(&states[lane], &at);
    }
  }
  stream->at = at;
  for (uint32_t lane = 0; lane < kLanes; lane++) stream->states[lane] = states[lane];
  for (; i < end; i++) {
    if (!CheckedStep(stream, i % kLanes, slots, out + i)) return false;
  }
  return true;
}

template <uint32_t kLanes>
bool DecodeAll(const Plan& plan, Stream* stream, uint8_t* out, size_t length) {
  if (plan.row_count * plan.column_count == 1) return DecodeRun<kLanes>(stream, plan.slots, out, 0, length);
  for (size_t row = 0, first = 0; first < length; row++, first += plan.row_length) {
    const size_t end = length - first < plan.row_length ? length : first + plan.row_length;
    const uint32_t row_class = plan.row_count > 1 ? plan.row_classes[row] : 0;
    const uint32_t* slots = plan.slots + static_cast<size_t>(row_class) * plan.column_count * kTotal;
    if (plan.column_count == 1) {
      if (!DecodeRun<kLanes>(stream, slots, out, first, end)) return false;
      continue;
    }
    for (size_t i = first; i < end; i++) {
      const uint32_t* table = slots + static_cast<size_t>(plan.column_classes[i - first]) * kTotal;
      if (!CheckedStep(stream, i % kLanes, table, out + i)) return false;
    }
  }
  return true;
}

bool DecodeLanes(const Plan& plan, Stream* stream, uint8_t* out, size_t length) {
  switch (plan.lanes) {
    case 1:
      return DecodeAll<1>(plan, stream, out, length);
    case 2:
      return DecodeAll<2>(plan, stream, out, length);
    case 4:
      return DecodeAll<4>(plan, stream, out, length);
    case 8:
      return DecodeAll<8>(plan, stream, out, length);
    case 16:
      return DecodeAll<16>(plan, stream, out, length);
    default:
      return DecodeAll<32>(plan, stream, out, length);
  }
}

}  // namespace

bool DecodeRans(Bytes coded, uint8_t* out, size_t length, Scratch scratch, DecodeError* error) {
  Reader reader(coded, error);
  Plan plan = {};
  uint64_t side_length;
  Bytes side = {};
  if (!ReadShape(&reader, length, &plan, error)) return false;
  if (!reader.Varint("length of rANS side information", &side_length)) return false;
  if (!reader.Take(side_length, "rANS side information", &side)) return false;
  if (!ReadSide(side, length, &plan, &scratch, error)) return false;
  Stream stream = {};
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
