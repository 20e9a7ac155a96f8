// NEON: sixteen bytes by one table instruction.
#include <arm_neon.h>

#include "expand.h"
#include "order.h"

namespace weightfold {

void ExpandNeon(const uint8_t* bitmap, const uint8_t* others, uint8_t center, uint8_t* out, size_t groups) {
  const uint8x16_t centers = vdupq_n_u8(center);
  for (size_t i = 0; i < groups * 4; i++) {
    const uint32_t first = bitmap[2 * i], second = bitmap[2 * i + 1];
    const uint32_t before = static_cast<uint32_t>(__builtin_popcount(first));
    const uint64x2_t indices = {kValueOrder.indices[first], SecondOrder(second, before)};
    const uint8x16_t order = vreinterpretq_u8_u64(indices);
    const uint8x16_t none = vcltzq_s8(vreinterpretq_s8_u8(order));
    vst1q_u8(out + 16 * i, vbslq_u8(none, centers, vqtbl1q_u8(vld1q_u8(others), order)));
    others += before + static_cast<uint32_t>(__builtin_popcount(second));
  }
}

}  // namespace weightfold
