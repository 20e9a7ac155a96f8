// NEON: a table instruction looks up 16 ranks in up to 64 entries.
#include <arm_neon.h>

#include "palettes.h"

namespace weightfold {

void MapRanksNeon(const uint8_t* entries, uint32_t last, uint8_t* data, size_t length) {
  size_t i = 0;
  if (last < 64) {
    const uint8x16x4_t table = {
        {vld1q_u8(entries), vld1q_u8(entries + 16), vld1q_u8(entries + 32), vld1q_u8(entries + 48)}};
    const uint8x16_t most = vdupq_n_u8(static_cast<uint8_t>(last));
    for (; length - i >= 16; i += 16)
      vst1q_u8(data + i, vqtbl4q_u8(table, vminq_u8(vld1q_u8(data + i), most)));
  }
  MapRanksScalar(entries, last, data + i, length - i);
}

}  // namespace weightfold
