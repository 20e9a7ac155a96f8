// Frequency tables of static rANS: coded as levels, expanded to slots
// (formats/container/src/codecs/rans/spec.md).
#ifndef WEIGHTFOLD_CODECS_RANS_FREQUENCY_TABLES_H_
#define WEIGHTFOLD_CODECS_RANS_FREQUENCY_TABLES_H_

#include <cstdint>

#include "../common/binary_decoder.h"

namespace weightfold {

// Number contexts of side information: 0 to 31 are the owner's, the tables use the rest.
constexpr size_t kTableNumberContexts = 45;
// log2 of the sum of the frequencies in a table.
constexpr uint32_t kFewestTotalLog2 = 8;
constexpr uint32_t kMostTotalLog2 = 12;

// Reads the levels of one table. levels holds the table before it when `has_before`, and the new one
// afterwards. False when one is out of range or none is above 0.
bool ReadLevels(NumberDecoder* input, uint32_t resolution, bool has_before, uint8_t levels[256]);

// Levels to frequencies that add up to 2^total_log2.
void MakeFrequencies(const uint8_t levels[256], uint32_t resolution, uint32_t total_log2,
                     uint32_t frequency[256]);

// The slots (step.h) of frequencies that add up to 2^total_log2.
void MakeSlots(const uint32_t frequency[256], uint32_t total_log2, uint32_t* slots);
// What it chooses where the CPU has AVX2; the same slots.
void MakeSlotsAvx2(const uint32_t frequency[256], uint32_t total_log2, uint32_t* slots);

}  // namespace weightfold

#endif  // WEIGHTFOLD_CODECS_RANS_FREQUENCY_TABLES_H_
