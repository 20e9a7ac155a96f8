// Kernels want every pixel that a window touches in memory, and some want uint8, or int8. Lowering stores
// activations that way; for what it could not, rows are copied to scratch, with their padding, before the
// kernel runs.
#pragma once
#include <cstring>

#include "plan/bind.h"

namespace weightfold {

static inline void CopyCodes(uint8_t* to, const uint8_t* from, size_t bytes, uint8_t flip) {
  for (size_t i = 0; i < bytes; ++i) to[i] = from[i] ^ flip;
}

// The two below work in blocks: they write, and read, up to 15 bytes more. Rows are short, so calls would
// cost more than the bytes.
static inline void FillBlocks(uint8_t* to, uint8_t value, size_t bytes) {
  for (size_t i = 0; i < bytes; i += 16) std::memset(to + i, value, 16);
}
static inline void CopyBlocks(uint8_t* to, const uint8_t* from, size_t bytes, uint8_t flip) {
  uint64_t mask, block[2];
  std::memset(&mask, flip, sizeof(mask));
  for (size_t i = 0; i < bytes; i += sizeof(block)) {
    std::memcpy(block, from + i, sizeof(block));
    block[0] ^= mask;
    block[1] ^= mask;
    std::memcpy(to + i, block, sizeof(block));
  }
}

// What the windows of one image touch.
struct WindowExtent {
  int32_t height, width;
  int32_t pad_top, pad_left;  // how far it begins before the image
};

struct StagedInput {
  bool copies;
  WindowExtent extent;
  PlanImage source;
  int32_t height, width;  // of the source
  size_t channels;
  uint8_t flip, padding;

  size_t row() const { return static_cast<size_t>(extent.width) * channels; }
  // A multiple of 64, with room for what kernels read too far.
  size_t scratch_bytes() const {
    return copies ? RoundUp(row() * static_cast<size_t>(extent.height) + kReadSlack, 64) : 0;
  }

  static StagedInput Make(const PlanTensor& t, const PlanImage& source, const WindowExtent& e,
                          uint8_t wanted_flip) {
    const PlanBorder& b = t.border;
    const int32_t height = t.dims[1], width = t.dims[2];
    const bool inside = e.pad_top <= b.top && e.pad_left <= b.left &&
                        e.height - e.pad_top - height <= b.bottom && e.width - e.pad_left - width <= b.right;
    const uint8_t flip = FlipOf(t) ^ wanted_flip;
    const uint8_t zero = static_cast<uint8_t>(t.zero_point) ^ flip;
    return {!inside || flip != 0, e, source, height, width, static_cast<size_t>(t.dims[3]), flip, zero};
  }

  // Image `n` as kernels want it. Only rows [first, last] of the extent are there.
  ConstImage Stage(int32_t n, int32_t first, int32_t last, void* scratch) const {
    const uint8_t* image = source.pixels + static_cast<size_t>(n) * source.image;
    if (!copies) {
      return {image - static_cast<size_t>(extent.pad_top) * source.row - extent.pad_left * channels,
              source.row};
    }
    uint8_t* staged = static_cast<uint8_t*>(scratch);
    for (int32_t y = first; y <= last; ++y) CopyRow(image, y, staged + static_cast<size_t>(y) * row());
    return {staged, row()};
  }

 private:
  void CopyRow(const uint8_t* image, int32_t y, uint8_t* to) const {
    const int32_t in_y = y - extent.pad_top;
    if (in_y < 0 || in_y >= height) return FillBlocks(to, padding, row());
    const size_t left = static_cast<size_t>(MinInt(extent.pad_left, extent.width)) * channels;
    const size_t inside =
        static_cast<size_t>(MaxInt(0, MinInt(width, extent.width - extent.pad_left))) * channels;
    // From left to right, so that each part mends what the one before it wrote too much.
    FillBlocks(to, padding, left);
    CopyBlocks(to + left, image + static_cast<size_t>(in_y) * source.row, inside, flip);
    FillBlocks(to + left + inside, padding, row() - left - inside);
  }
};

}  // namespace weightfold
