#include "nibbles.h"
#include "priors.h"

namespace weightfold {
namespace {

constexpr uint32_t kDigitWeights[16] = {1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256};

constexpr uint32_t WeightOf(char digit) {
  return kDigitWeights[digit >= 'a' ? digit - 'a' + 10 : digit - '0'];
}

struct PriorRows {
  uint16_t lane[kPriors][16];
  constexpr PriorRows() : lane() {
    for (uint32_t line = 0; line < kPriors; line++) {
      uint32_t sum = 0;
      for (uint32_t s = 0; s < 16; s++) sum += WeightOf(kPriorDigits[line][s]);
      uint32_t before = 0;
      for (uint32_t s = 1; s < 16; s++) {
        before += WeightOf(kPriorDigits[line][s - 1]);
        lane[line][s] = static_cast<uint16_t>(kNibbleAdapted * before / sum);
      }
    }
  }
};
constexpr PriorRows kPriorRows;

// PriorOf of every row.
struct PriorLines {
  uint8_t line[kRows];
  constexpr PriorLines() : line() {
    for (uint32_t row = 0; row < kRows; row++) line[row] = static_cast<uint8_t>(PriorOf(row));
  }
};
constexpr PriorLines kPriorLines;

}  // namespace

void InitNibbleModel(NibbleModel* model) {
  for (uint32_t row = 0; row < kRows; row++) {
    std::memcpy(model->rows[row].lane, kPriorRows.lane[kPriorLines.line[row]], sizeof(NibbleRow));
  }
  for (uint16_t& weight : model->weights) weight = 16384;
}

}  // namespace weightfold
