// The definition of the family: every other version equals this one bit for bit.
#include "kernels/pool/window.h"

namespace weightfold {
namespace {

constexpr int32_t kLanes = 32;  // channels reduced together

// Calls reduce(codes of `channel` and up) over a window.
template <typename Reduce>
inline void OverWindow(const PoolShape& s, const Window& w, const ConstImage& image, int32_t channel,
                       Reduce reduce) {
  for (int32_t y = w.y0; y < w.y1; ++y) {
    const uint8_t* row = image.pixels + y * image.row + static_cast<size_t>(w.x0) * s.channels + channel;
    for (int32_t x = w.x0; x < w.x1; ++x, row += s.channels) reduce(row);
  }
}

// kOrigin: what is added to an int8 code before rounding.
template <int32_t kOrigin>
void AverageWindow(const PoolShape& s, const Window& w, const ConstImage& image, int32_t channel,
                   int32_t lanes, uint8_t* output) {
  int32_t sums[kLanes] = {0};
  OverWindow(s, w, image, channel, [&](const uint8_t* x) {
    for (int32_t c = 0; c < lanes; ++c) sums[c] += SignedCode(x[c], s.input_flip);
  });
  const int32_t count = w.count();
  for (int32_t c = 0; c < lanes; ++c) {
    // A window outside the image has no average; zero codes keep it defined.
    const int32_t sum = sums[c] + kOrigin * count, half = sum > 0 ? count / 2 : -(count / 2);
    const int32_t average = count > 0 ? (sum + half) / count - kOrigin : 0;
    output[c] = static_cast<uint8_t>(ClampInt(average, s.min, s.max)) ^ s.output_flip;
  }
}

void MaxWindow(const PoolShape& s, const Window& w, const ConstImage& image, int32_t channel, int32_t lanes,
               uint8_t* output) {
  int8_t best[kLanes];
  for (int32_t c = 0; c < lanes; ++c) best[c] = INT8_MIN;
  OverWindow(s, w, image, channel, [&](const uint8_t* x) {
    for (int32_t c = 0; c < lanes; ++c) {
      const int8_t code = static_cast<int8_t>(x[c] ^ s.input_flip);
      best[c] = code > best[c] ? code : best[c];
    }
  });
  for (int32_t c = 0; c < lanes; ++c) {
    output[c] = static_cast<uint8_t>(ClampInt(best[c], s.min, s.max)) ^ s.output_flip;
  }
}

template <void (*kReduce)(const PoolShape&, const Window&, const ConstImage&, int32_t, int32_t, uint8_t*)>
void Pool(const PoolShape& s, const ConstImage& input, const Image& output, int32_t begin, int32_t end) {
  for (int32_t oy = begin; oy < end; ++oy) {
    uint8_t* to = output.pixels + oy * output.row;
    for (int32_t ox = 0; ox < s.out_w; ++ox, to += s.channels) {
      const Window window = ClipWindow(s, oy, ox);
      for (int32_t c = 0; c < s.channels; c += kLanes) {
        kReduce(s, window, input, c, MinInt(kLanes, s.channels - c), to + c);
      }
    }
  }
}

}  // namespace

void AveragePoolUnsigned(const PoolShape& shape, const ConstImage& input, const Image& output, int32_t begin,
                         int32_t end) {
  Pool<AverageWindow<128>>(shape, input, output, begin, end);
}

extern const PoolKernel kPoolScalar;
const PoolKernel kPoolScalar = {"scalar", 0, Pool<AverageWindow<0>>, Pool<MaxWindow>};

}  // namespace weightfold
