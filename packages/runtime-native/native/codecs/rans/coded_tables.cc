#include "coded_tables.h"

#include <cstring>

namespace weightfold {
namespace {

constexpr uint32_t kSignedCurve = 4;
constexpr uint32_t kRankCurve = 5;
constexpr uint32_t kCurveResolution = 8;
constexpr int32_t kMostKnot = 49;
constexpr int32_t kTypicalPeak = 25;
constexpr uint32_t kKnots = 15;
constexpr uint32_t kMagnitudes[kKnots] = {0, 1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128};

int32_t Unzigzag(uint32_t code) {
  return code & 1 ? -static_cast<int32_t>((code + 1) >> 1) : static_cast<int32_t>(code >> 1);
}

int32_t FloorDivide(int32_t a, int32_t b) { return a >= 0 ? a / b : -((-a + b - 1) / b); }

// Levels of the magnitudes behind `from` up to `to`, on the line between two knots.
void Interpolate(uint32_t from, int32_t before, uint32_t to, int32_t knot, uint8_t* by_magnitude) {
  const int32_t length = static_cast<int32_t>(to - from);
  for (int32_t i = 1; i <= length; i++) {
    by_magnitude[from + static_cast<uint32_t>(i)] =
        static_cast<uint8_t>(1 + 2 * (before - 1) + FloorDivide(2 * (knot - before) * i, length));
  }
}

// Levels of all symbols of a curve.
bool ReadCurve(NumberDecoder* input, bool ranks, uint8_t levels[256]) {
  const uint32_t missing = input->Get(kCurveContext);
  if (missing > 255) return false;
  const uint32_t count = 256 - missing, most = count >> 1;
  uint8_t by_magnitude[129];
  int32_t before = kTypicalPeak;
  uint32_t from = 0;
  for (uint32_t k = 0; k < kKnots; k++) {
    const uint32_t to = kMagnitudes[k] < most ? kMagnitudes[k] : most;
    const int32_t knot = before + Unzigzag(input->Get(kCurveContext + 2 + (k < 4 ? k : 4)));
    if (knot < 1 || knot > kMostKnot) return false;
    if (k == 0)
      by_magnitude[0] = static_cast<uint8_t>(1 + 2 * (knot - 1));
    else
      Interpolate(from, before, to, knot, by_magnitude);
    before = knot;
    from = to;
    if (to == most) break;
  }
  const int32_t edge = by_magnitude[most] + 2 * Unzigzag(input->Get(kCurveContext + 1));
  if (edge < 1 || edge > 2 * kMostKnot - 1) return false;
  by_magnitude[most] = static_cast<uint8_t>(edge);
  std::memset(levels, 0, 256);
  for (uint32_t p = 0; p < count; p++) {
    const uint32_t magnitude = (p + 1) >> 1;
    const uint32_t symbol = ranks ? p : (p & 1 ? magnitude : 0u - magnitude) & 255;
    levels[symbol] = by_magnitude[magnitude];
  }
  return true;
}

}  // namespace

bool CodedTableReader::Read(NumberDecoder* input, uint32_t total_log2, uint32_t* slots) {
  const uint32_t kind = input->Get(kKindContext);
  if (kind > kRankCurve) return false;
  uint8_t curve[256];
  const uint8_t* levels = curve;
  uint32_t resolution = kCurveResolution;
  if (kind >= kSignedCurve) {
    if (!ReadCurve(input, kind == kRankCurve, curve)) return false;
  } else {
    resolution = 1u << kind;
    if (!ReadLevels(input, resolution, known_[kind], levels_[kind])) return false;
    known_[kind] = true;
    levels = levels_[kind];
  }
  uint32_t frequency[256];
  MakeFrequencies(levels, resolution, total_log2, frequency);
  MakeSlots(frequency, total_log2, slots);
  return true;
}

}  // namespace weightfold
