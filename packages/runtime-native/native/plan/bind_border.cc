// FILL_BORDER: no inputs, no parameters. Writes the zero point around an image, and nothing into it.
#include <cstring>

#include "plan/bind.h"

namespace weightfold {
namespace {

struct State {
  uint8_t* pixels;  // the first one of the first image's border
  size_t image;
  // Of an image: what lies before its first row, between two rows, and behind the last.
  size_t before, between, behind;
  size_t row_pixels;
  int32_t height;
  uint8_t zero_point;
};

// A unit is an image.
void Run(const void* opaque, void*, int32_t begin, int32_t end) {
  const State& s = *static_cast<const State*>(opaque);
  for (int32_t n = begin; n < end; ++n) {
    uint8_t* at = s.pixels + static_cast<size_t>(n) * s.image;
    std::memset(at, s.zero_point, s.before);
    at += s.before + s.row_pixels;
    for (int32_t y = 1; s.between != 0 && y < s.height; ++y) {
      std::memset(at, s.zero_point, s.between);
      at += s.between + s.row_pixels;
    }
    uint8_t* last = s.pixels + static_cast<size_t>(n + 1) * s.image - s.behind;
    std::memset(last, s.zero_point, s.behind);
  }
}

}  // namespace

bool BindFillBorder(BindContext* context, BoundOp* bound) {
  const BindContext& c = *context;
  if (!c.ExpectCounts(0, 1, 0) || !c.ExpectOutputCodes(0, Border::kAllowed) ||
      !c.ExpectRange("border", HasBorder(c.Output(0)), 1, 1)) {
    return false;
  }
  State* s = context->NewState<State>();
  if (s == nullptr) return false;
  const PlanTensor& t = c.Output(0);
  const PlanImage image = c.OutputImage(0);
  const size_t channels = static_cast<size_t>(t.dims[3]), left = t.border.left * channels,
               right = t.border.right * channels;
  *s = {c.OutputData<uint8_t>(0),
        image.image,
        t.border.top * image.row + left,
        right + left,
        right + t.border.bottom * image.row,
        image.row - left - right,
        t.dims[1],
        static_cast<uint8_t>(t.zero_point)};
  *bound = {Run, s, t.dims[0]};
  return true;
}

}  // namespace weightfold
