#include "base/numbers.h"
#include "kernels/pool/pool.h"

namespace weightfold {
namespace {

struct Window {
  int32_t y0, y1, x0, x1;  // in the image, ends excluded
};

Window Clip(const PoolShape& s, int32_t oy, int32_t ox) {
  const int32_t y = oy * s.stride_h - s.pad_top, x = ox * s.stride_w - s.pad_left;
  // Empty where the window lies outside.
  const int32_t y0 = ClampInt(y, 0, s.in_h), x0 = ClampInt(x, 0, s.in_w);
  return {y0, ClampInt(y + s.kernel_h, y0, s.in_h), x0, ClampInt(x + s.kernel_w, x0, s.in_w)};
}

constexpr int32_t kLanes = 32;  // channels reduced together

// Calls reduce(accumulators, input channels) over a window for `count` channels from `image`.
template <typename Reduce>
inline void OverWindow(const PoolShape& s, const Window& w, const int8_t* image, Reduce reduce) {
  for (int32_t y = w.y0; y < w.y1; ++y) {
    const int8_t* row = image + (static_cast<size_t>(y) * s.in_w + w.x0) * s.channels;
    for (int32_t x = w.x0; x < w.x1; ++x, row += s.channels) reduce(row);
  }
}

void AverageWindow(const PoolShape& s, const Window& w, const int8_t* image, int32_t lanes, int8_t* output) {
  int32_t sums[kLanes] = {0};
  OverWindow(s, w, image, [&](const int8_t* x) {
    for (int32_t c = 0; c < lanes; ++c) sums[c] += x[c];
  });
  const int32_t count = (w.y1 - w.y0) * (w.x1 - w.x0);
  for (int32_t c = 0; c < lanes; ++c) {
    // A window outside the image has no average; zero codes keep it defined.
    const int32_t half = sums[c] > 0 ? count / 2 : -(count / 2);
    const int32_t average = count > 0 ? (sums[c] + half) / count : 0;
    output[c] = static_cast<int8_t>(ClampInt(average, s.min, s.max));
  }
}

void MaxWindow(const PoolShape& s, const Window& w, const int8_t* image, int32_t lanes, int8_t* output) {
  int8_t best[kLanes];
  for (int32_t c = 0; c < lanes; ++c) best[c] = INT8_MIN;
  OverWindow(s, w, image, [&](const int8_t* x) {
    for (int32_t c = 0; c < lanes; ++c) best[c] = x[c] > best[c] ? x[c] : best[c];
  });
  for (int32_t c = 0; c < lanes; ++c) output[c] = static_cast<int8_t>(ClampInt(best[c], s.min, s.max));
}

template <void (*kReduce)(const PoolShape&, const Window&, const int8_t*, int32_t, int8_t*)>
void Pool(const PoolShape& s, const int8_t* input, int8_t* output) {
  for (int32_t n = 0; n < s.batch; ++n, input += static_cast<size_t>(s.in_h) * s.in_w * s.channels) {
    for (int32_t oy = 0; oy < s.out_h; ++oy) {
      for (int32_t ox = 0; ox < s.out_w; ++ox, output += s.channels) {
        const Window window = Clip(s, oy, ox);
        for (int32_t c = 0; c < s.channels; c += kLanes) {
          kReduce(s, window, input + c, MinInt(kLanes, s.channels - c), output + c);
        }
      }
    }
  }
}

}  // namespace

void AveragePool(const PoolShape& shape, const int8_t* input, int8_t* output) {
  Pool<AverageWindow>(shape, input, output);
}

void MaxPool(const PoolShape& shape, const int8_t* input, int8_t* output) {
  Pool<MaxWindow>(shape, input, output);
}

}  // namespace weightfold
