// Shared by the kernels for Arm. Include only from arm_*.cc files.
#pragma once
#include <arm_neon.h>

#include "base/requantize.h"

namespace weightfold {
namespace {

#define WEIGHTFOLD_INLINE inline __attribute__((always_inline))

// What all outputs of a call share.
struct OutputStage {
  OutputStage(int32_t output_zero_point, int32_t lowest, int32_t highest, uint8_t output_flip)
      : zero_point(vdupq_n_s16(static_cast<int16_t>(output_zero_point))),
        min(vdupq_n_s8(static_cast<int8_t>(lowest))),
        max(vdupq_n_s8(static_cast<int8_t>(highest))),
        flip(vdupq_n_u8(output_flip)) {}
  explicit OutputStage(const Requantization& r) : OutputStage(r.zero_point, r.min, r.max, r.flip) {
    requantization = &r;
  }
  const Requantization* requantization = nullptr;
  int16x8_t zero_point;
  int8x16_t min, max;
  uint8x16_t flip;
};

// Sixteen codes as they are stored, from codes that are not clamped yet.
WEIGHTFOLD_INLINE uint8x16_t SixteenCodes(int16x8_t first, int16x8_t second, const OutputStage& stage) {
  const int8x16_t codes = vqmovn_high_s16(vqmovn_s16(first), second);
  return veorq_u8(vreinterpretq_u8_s8(vminq_s8(vmaxq_s8(codes, stage.min), stage.max)), stage.flip);
}

}  // namespace
}  // namespace weightfold
