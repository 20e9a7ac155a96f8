// Linear prediction from earlier bytes (formats/container/src/codecs/prediction/spec.md).
#ifndef WEIGHTFOLD_CODECS_PREDICTION_PREDICT_H_
#define WEIGHTFOLD_CODECS_PREDICTION_PREDICT_H_

#include <cstddef>
#include <cstdint>

namespace weightfold {

constexpr uint32_t kMostTaps = 4;

struct Taps {
  uint32_t count;
  uint32_t center;
  size_t distance[kMostTaps];  // 1 and more
  int8_t weight[kMostTaps];    // magnitudes add up to at most 255: 16 bits hold every sum
};

// Adds the predictions to `length` differences, in their place.
using PredictFunction = void (*)(const Taps& taps, uint8_t* bytes, size_t length);

void PredictScalar(const Taps& taps, uint8_t* bytes, size_t length);
void PredictAvx2(const Taps& taps, uint8_t* bytes, size_t length);

}  // namespace weightfold

#endif  // WEIGHTFOLD_CODECS_PREDICTION_PREDICT_H_
