// Frequency tables of rANS blocks and of the container's header: levels of every symbol, or a curve
// (formats/container/src/codecs/rans/spec.md, "Tables", "Levels" and "Curve").
#ifndef WEIGHTFOLD_CODECS_RANS_CODED_TABLES_H_
#define WEIGHTFOLD_CODECS_RANS_CODED_TABLES_H_

#include "frequency_tables.h"

namespace weightfold {

// Number contexts beside class maps and levels.
constexpr uint32_t kKindContext = kTableNumberContexts;
constexpr uint32_t kChoiceContext = kTableNumberContexts + 1;
constexpr uint32_t kCurveContext = kTableNumberContexts + 2;
constexpr size_t kRansContexts = kTableNumberContexts + 9;

// Reads tables one after another: those of levels are differences from the last one of the same resolution.
class CodedTableReader {
 public:
  // Reads one table and fills its 2^total_log2 slots. False when a number is out of range.
  bool Read(NumberDecoder* input, uint32_t total_log2, uint32_t* slots);

 private:
  uint8_t levels_[4][256];
  bool known_[4] = {};
};

}  // namespace weightfold

#endif  // WEIGHTFOLD_CODECS_RANS_CODED_TABLES_H_
