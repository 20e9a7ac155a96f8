// One version for all instruction sets: compilers make vectors of the loops over a block.
#ifndef WEIGHTFOLD_CODECS_PREDICTION_STEP_H_
#define WEIGHTFOLD_CODECS_PREDICTION_STEP_H_

#include "predict.h"

namespace weightfold {
namespace {

constexpr size_t kBlock = 512;
// Taps that are nearer than this are worked out byte by byte: blocks that short would gain nothing.
constexpr size_t kFar = 32;
constexpr int kWeightBits = 6;

inline int8_t Centered(uint8_t byte, uint32_t center) { return static_cast<int8_t>(byte - center); }

// Adds weight × value of `count` bytes to sums.
inline void AddTap(const uint8_t* bytes, uint32_t center, int8_t weight, int16_t* __restrict sums,
                   size_t count) {
  const uint8_t low = static_cast<uint8_t>(center);
  for (size_t i = 0; i < count; i++) {
    const int8_t value = static_cast<int8_t>(static_cast<uint8_t>(bytes[i] - low));
    sums[i] = static_cast<int16_t>(sums[i] + weight * value);
  }
}

// Adds the far taps to the sums of a block that begins at `first`; what is before the start is 0.
inline void AddFar(const Taps& far, const uint8_t* bytes, size_t first, int16_t* sums, size_t count) {
  for (uint32_t t = 0; t < far.count; t++) {
    const size_t distance = far.distance[t];
    const size_t skip = distance > first ? distance - first : 0;
    if (skip < count)
      AddTap(bytes + (first + skip - distance), far.center, far.weight[t], sums + skip, count - skip);
  }
}

// All taps are far: nothing in the block depends on the block.
inline void FinishFar(const int16_t* __restrict sums, uint32_t center, uint8_t* __restrict bytes,
                      size_t count) {
  const uint8_t low = static_cast<uint8_t>(center);
  for (size_t i = 0; i < count; i++)
    bytes[i] = static_cast<uint8_t>(bytes[i] + low + static_cast<uint8_t>(sums[i] >> kWeightBits));
}

// The only near tap is the byte before: it stays in a register.
inline void FinishLast(const int16_t* sums, int8_t weight, uint32_t center, uint8_t* bytes, size_t first,
                       size_t count) {
  int32_t value = first > 0 ? Centered(bytes[first - 1], center) : 0;
  for (size_t i = 0; i < count; i++) {
    const int32_t sum = sums[i] + weight * value;
    value = static_cast<int8_t>(bytes[first + i] + (sum >> kWeightBits));
    bytes[first + i] = static_cast<uint8_t>(static_cast<uint32_t>(value) + center);
  }
}

inline void FinishNear(const int16_t* sums, const Taps& near, uint8_t* bytes, size_t first, size_t count) {
  for (size_t i = first; i < first + count; i++) {
    int32_t sum = sums[i - first];
    for (uint32_t t = 0; t < near.count; t++) {
      if (near.distance[t] <= i) sum += near.weight[t] * Centered(bytes[i - near.distance[t]], near.center);
    }
    bytes[i] = static_cast<uint8_t>(bytes[i] + near.center + static_cast<uint32_t>(sum >> kWeightBits));
  }
}

inline void Add(Taps* taps, const Taps& from, uint32_t t) {
  taps->distance[taps->count] = from.distance[t];
  taps->weight[taps->count++] = from.weight[t];
}

inline void Predict(const Taps& taps, uint8_t* bytes, size_t length) {
  Taps near = {}, far = {};
  near.center = far.center = taps.center;
  size_t block = kBlock;
  for (uint32_t t = 0; t < taps.count; t++) {
    const bool is_near = taps.distance[t] < kFar;
    Add(is_near ? &near : &far, taps, t);
    if (!is_near && taps.distance[t] < block) block = taps.distance[t];
  }
  const bool only_last = near.count == 1 && near.distance[0] == 1;
  int16_t sums[kBlock];
  for (size_t first = 0; first < length; first += block) {
    const size_t count = length - first < block ? length - first : block;
    for (size_t i = 0; i < count; i++) sums[i] = 1 << (kWeightBits - 1);
    AddFar(far, bytes, first, sums, count);
    if (near.count == 0) {
      FinishFar(sums, taps.center, bytes + first, count);
    } else if (only_last) {
      FinishLast(sums, near.weight[0], taps.center, bytes, first, count);
    } else {
      FinishNear(sums, near, bytes, first, count);
    }
  }
}

}  // namespace
}  // namespace weightfold

#endif  // WEIGHTFOLD_CODECS_PREDICTION_STEP_H_
