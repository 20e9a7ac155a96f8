// The part of a pool's window that lies inside the image.
#pragma once
#include "base/numbers.h"
#include "kernels/pool/pool.h"

namespace weightfold {

struct Window {
  int32_t y0, y1, x0, x1;  // ends excluded

  int32_t count() const { return (y1 - y0) * (x1 - x0); }
};

static inline Window ClipWindow(const PoolShape& s, int32_t oy, int32_t ox) {
  const int32_t y = oy * s.stride_h - s.pad_top, x = ox * s.stride_w - s.pad_left;
  // Empty where the window lies outside.
  const int32_t y0 = ClampInt(y, 0, s.in_h), x0 = ClampInt(x, 0, s.in_w);
  return {y0, ClampInt(y + s.kernel_h, y0, s.in_h), x0, ClampInt(x + s.kernel_w, x0, s.in_w)};
}

}  // namespace weightfold
