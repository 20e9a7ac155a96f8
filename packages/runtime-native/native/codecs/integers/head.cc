#include "head.h"

#include "../rans/frequency_tables.h"

namespace weightfold {
namespace {

constexpr uint32_t kWide = 1;
constexpr uint32_t kFloat = 2;
constexpr uint32_t kBases = 4;
constexpr uint32_t kShifts = 8;
constexpr uint32_t kPrecision = 16;
constexpr uint32_t kMostSplit = 9;
constexpr uint32_t kMostMantissa = 3;
constexpr uint32_t kMostWindow = 127;
constexpr uint64_t kMostSegments = 65536;
constexpr uint64_t kMostClasses = 16;

uint32_t FloorLog2(uint32_t value) {
  uint32_t result = 0;
  while (value > 1) {
    value >>= 1;
    result++;
  }
  return result;
}

bool ReadShape(Reader* reader, IntegersHead* head, DecodeError* error) {
  const uint64_t at = reader->offset();
  uint32_t first, second, third;
  if (!reader->U8("integers header", &first) || !reader->U8("integers low bits and mantissa", &second) ||
      !reader->U8("integers split and total", &third)) {
    return false;
  }
  const uint32_t width = first & kWide ? 32 : 16;
  head->size = width / 8;
  head->is_float = (first & kFloat) != 0;
  head->has_bases = (first & kBases) != 0;
  head->has_shifts = (first & kShifts) != 0;
  head->resolution = 1u << (first >> 5 & 3);
  head->low = second & 31;
  head->mantissa = second >> 5;
  head->split = third & 15;
  head->total_log2 = 8 + (third >> 4);
  head->precision = width;
  if (first & kPrecision && !reader->U8("integers precision", &head->precision)) return false;
  const bool fits = first < 128 && head->mantissa <= kMostMantissa && head->mantissa <= head->split &&
                    head->split <= kMostSplit && head->low + head->split <= width &&
                    head->precision > head->split && head->precision <= width &&
                    head->total_log2 <= kMostTotalLog2;
  if (fits) return true;
  return Fail(error, "DAMAGED", at, "expected a shape within its limits for integers header");
}

bool ReadValues(Reader* reader, IntegersHead* head, DecodeError* error) {
  const uint64_t at = reader->offset();
  if (!reader->U8("integers window", &head->window) || !reader->U8("integers values", &head->value_count))
    return false;
  if (head->window > kMostWindow || head->value_count + 2 * head->window > 255) {
    return Fail(error, "DAMAGED", at,
                "expected at most 127 of a sign and 256 in all for integers symbols but received %u, %u",
                head->window, head->value_count);
  }
  Bytes bytes = {};
  if (!reader->Take(static_cast<uint64_t>(head->value_count) * head->size, "integers values", &bytes))
    return false;
  for (uint32_t i = 0; i < head->value_count; i++) {
    const uint8_t* p = bytes.data + i * head->size;
    head->values[i] =
        head->size == 4 ? LoadLittle32(p) : static_cast<uint32_t>(p[0]) | static_cast<uint32_t>(p[1]) << 8;
  }
  return true;
}

}  // namespace

bool ReadIntegersHead(Reader* reader, size_t length, IntegersHead* head, DecodeError* error) {
  if (!ReadShape(reader, head, error) || !ReadValues(reader, head, error)) return false;
  const uint64_t elements = length / head->size;
  const uint64_t most = elements > kMostSegments ? kMostSegments : elements == 0 ? 1 : elements;
  uint64_t segments, classes;
  if (!reader->Bounded("integers segments", 1, most, &segments)) return false;
  if (!reader->Bounded("integers classes", 1, kMostClasses, &classes)) return false;
  head->segments = static_cast<uint32_t>(segments);
  head->classes = static_cast<uint32_t>(classes);
  return true;
}

uint32_t MakeMagnitudeRanges(const IntegersHead& head, MagnitudeRange ranges[kMostMagnitudeTokens]) {
  const uint32_t linear = 1u << head.split;
  const uint32_t octaves = 8 * head.size - head.low - head.split;
  const uint32_t count = linear + (octaves << head.mantissa);
  for (uint32_t token = 0; token < count; token++) {
    uint32_t top = token, bits = head.low;
    uint32_t exponent = FloorLog2(token);
    if (token >= linear) {
      const uint32_t beyond = token - linear;
      exponent = head.split + (beyond >> head.mantissa);
      top = (1u << head.mantissa) + (beyond & ((1u << head.mantissa) - 1));
      bits = exponent - head.mantissa + head.low;
    }
    const uint32_t significant = exponent + head.low + 1;
    const uint32_t shift = token > 0 && significant > head.precision ? significant - head.precision : 0;
    ranges[token] = {static_cast<uint32_t>(static_cast<uint64_t>(top) << bits),
                     static_cast<uint8_t>(bits - shift), static_cast<uint8_t>(shift)};
  }
  return count;
}

}  // namespace weightfold
