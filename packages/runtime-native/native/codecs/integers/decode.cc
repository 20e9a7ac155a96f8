// Words as tokens of sign and magnitude, and raw bits (formats/container/src/codecs/integers/spec.md).
#include "../codec.h"
#include "../rans/frequency_tables.h"
#include "../rans/tokens.h"
#include "bit_reader.h"
#include "head.h"

namespace weightfold {
namespace {

constexpr uint32_t kClassContext = 0;
constexpr uint32_t kLengthContext = 16;
constexpr uint32_t kBaseContext = 17;
constexpr uint32_t kShiftContext = 18;

struct Segment {
  size_t length;
  uint32_t table;
  uint32_t base;
  int64_t shift;
};

struct Tables {
  Segment* segments;
  uint32_t* slots;
};

int64_t Unzigzag(uint32_t code) {
  return code & 1 ? -static_cast<int64_t>((code + 1) >> 1) : static_cast<int64_t>(code >> 1);
}

// Lengths of the segments; the last one has what is left.
bool ReadLengths(NumberDecoder* side, const IntegersHead& head, size_t elements, Segment* segments,
                 uint64_t offset, DecodeError* error) {
  size_t left = elements;
  for (uint32_t i = 0; i < head.segments; i++) {
    const size_t length = i + 1 < head.segments ? side->Get(kLengthContext) : left;
    if (length > left) {
      return Fail(error, "DAMAGED", offset,
                  "expected at most %zu words for integers segment but received %zu", left, length);
    }
    segments[i] = {length, 0, 0, 0};
    left -= length;
  }
  return true;
}

bool ReadTables(NumberDecoder* side, const IntegersHead& head, uint32_t* slots, uint64_t offset,
                DecodeError* error) {
  uint8_t levels[256];
  uint32_t frequency[256];
  for (uint32_t t = 0; t < head.classes; t++) {
    if (!ReadLevels(side, head.resolution, t > 0, levels)) {
      return Fail(error, "DAMAGED", offset, "expected levels in range, one above 0, for frequency table %u",
                  t);
    }
    MakeFrequencies(levels, head.resolution, head.total_log2, frequency);
    MakeSlots(frequency, head.total_log2, slots + (static_cast<size_t>(t) << head.total_log2));
  }
  return true;
}

bool ReadSide(Bytes bytes, const IntegersHead& head, size_t elements, Tables* tables, Scratch* scratch,
              DecodeError* error) {
  tables->segments = scratch->Take<Segment>(head.segments);
  tables->slots = scratch->Take<uint32_t>(static_cast<size_t>(head.classes) << head.total_log2);
  uint8_t* classes = scratch->Take<uint8_t>(head.segments);
  uint32_t* models = scratch->Take<uint32_t>(kTableNumberContexts * NumberDecoder::kModelsPerContext);
  if (tables->segments == nullptr || tables->slots == nullptr || classes == nullptr || models == nullptr)
    return OutOfScratch(error, bytes.offset);
  NumberDecoder side(bytes, models, kTableNumberContexts);
  if (!ReadLengths(&side, head, elements, tables->segments, bytes.offset, error)) return false;
  if (head.classes > 1 &&
      !ReadClasses(&side, classes, head.segments, head.classes, kClassContext, bytes.offset, error)) {
    return false;
  }
  int64_t shift = 0;
  for (uint32_t i = 0; i < head.segments; i++) {
    Segment* segment = &tables->segments[i];
    if (head.classes > 1) segment->table = classes[i];
    // A number is below 2^24, so that its multiple fits; only its low 32 bits matter.
    if (head.has_bases) {
      segment->base =
          static_cast<uint32_t>(static_cast<uint64_t>(Unzigzag(side.Get(kBaseContext))) << head.low);
    }
    if (head.has_shifts) shift += Unzigzag(side.Get(kShiftContext));
    segment->shift = shift;
  }
  if (!ReadTables(&side, head, tables->slots, bytes.offset, error)) return false;
  if (side.exact()) return true;
  return Fail(error, "DAMAGED", bytes.offset,
              "expected all bytes to be used for integers side information but received another length");
}

template <uint32_t kSize>
void StoreWord(uint8_t* out, uint32_t word) {
  if (kSize == 4) {
    StoreLittle32(out, word);
  } else {
    out[0] = static_cast<uint8_t>(word);
    out[1] = static_cast<uint8_t>(word >> 8);
  }
}

// What comes before and after the words of a segment.
struct Streams {
  TokenDecoder tokens;
  BitReader bits;
  uint8_t* out;
};

// Decodes one segment; `count` magnitude tokens have ranges. False when a symbol means nothing.
template <uint32_t kSize>
bool DecodeSegment(const IntegersHead& head, const Segment& segment, const MagnitudeRange* ranges,
                   uint32_t count, Streams* streams) {
  // Copies, since what is stored through a byte pointer might be the originals.
  TokenDecoder tokens = streams->tokens;
  BitReader bits = streams->bits;
  uint8_t* out = streams->out;
  const uint32_t values = head.value_count;
  const uint32_t center = values + head.window;
  const uint32_t escape = center + head.window;
  const uint32_t table = segment.table;
  const int64_t shift = segment.shift;
  const uint32_t sign_bit = head.is_float ? 1u << (8 * kSize - 1) : 0;
  const uint32_t negate = head.is_float ? 0 : ~0u;
  const uint32_t base = head.is_float ? 0 : segment.base;
  for (uint8_t* const end = out + segment.length * kSize; out < end; out += kSize) {
    const uint32_t symbol = tokens.Get(table);
    if (symbol >= values && symbol < escape) {
      const uint32_t negative = symbol < center ? ~0u : 0;
      const int64_t token = static_cast<int64_t>((symbol - center) ^ negative) + shift;
      if (token < 0 || token >= count) return false;
      const MagnitudeRange range = ranges[token];
      const uint32_t magnitude = range.least + (bits.Get(range.bits) << range.shift);
      const uint32_t inverse = negative & negate;
      StoreWord<kSize>(out, base + ((magnitude ^ inverse) - inverse) + (negative & sign_bit));
    } else if (symbol < values) {
      StoreWord<kSize>(out, head.values[symbol]);
    } else if (symbol == escape) {
      StoreWord<kSize>(out, bits.Get(8 * kSize));
    } else {
      return false;
    }
  }
  *streams = {tokens, bits, out};
  return true;
}

}  // namespace

size_t IntegersScratch(Bytes coded, size_t length) {
  DecodeError ignored;
  Reader reader(coded, &ignored);
  IntegersHead head;
  if (!ReadIntegersHead(&reader, length, &head, &ignored)) return 0;
  const size_t segments = head.segments * (sizeof(Segment) + 1);
  const size_t slots = static_cast<size_t>(head.classes) << head.total_log2;
  const size_t models = kTableNumberContexts * NumberDecoder::kModelsPerContext;
  return segments + (slots + models) * sizeof(uint32_t) + 4 * 64;
}

bool DecodeIntegers(Bytes coded, uint8_t* out, size_t length, const Environment&, Scratch scratch,
                    DecodeError* error) {
  Reader reader(coded, error);
  IntegersHead head;
  Tables tables = {};
  uint64_t side_length, token_length;
  Bytes side = {}, token_bytes = {}, tail = {};
  if (!ReadIntegersHead(&reader, length, &head, error)) return false;
  const size_t elements = length / head.size;
  if (!reader.Varint("length of integers side information", &side_length) ||
      !reader.Take(side_length, "side information", &side) ||
      !ReadSide(side, head, elements, &tables, &scratch, error) ||
      !reader.Varint("length of integers tokens", &token_length) ||
      !reader.Take(token_length, "integers tokens", &token_bytes) ||
      !reader.Take(length % head.size, "bytes after the last word", &tail)) {
    return false;
  }
  MagnitudeRange ranges[kMostMagnitudeTokens];
  const uint32_t count = MakeMagnitudeRanges(head, ranges);
  Streams streams = {TokenDecoder(token_bytes, tables.slots, head.total_log2), BitReader(reader.Rest()), out};
  for (uint32_t i = 0; i < head.segments; i++) {
    const Segment& segment = tables.segments[i];
    const bool known = head.size == 4 ? DecodeSegment<4>(head, segment, ranges, count, &streams)
                                      : DecodeSegment<2>(head, segment, ranges, count, &streams);
    if (!known) return Fail(error, "DAMAGED", coded.offset, "expected a token in range for an integer");
    if (streams.tokens.missing() || streams.bits.missing()) {
      return Fail(error, "DAMAGED", coded.offset,
                  "expected tokens and bits for all integers but received too few");
    }
  }
  if (!streams.tokens.exact() || !streams.bits.exact()) {
    return Fail(error, "DAMAGED", coded.offset,
                "expected all bytes to be used for integers tokens and bits but received another length");
  }
  for (size_t i = 0; i < tail.size; i++) streams.out[i] = tail.data[i];
  return true;
}

}  // namespace weightfold
