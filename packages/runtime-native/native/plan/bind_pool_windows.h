// What pools of every width share. Parameters: filter h, w; stride h, w; padding top, left; min; max.
#pragma once
#include "kernels/pool/pool.h"
#include "plan/bind.h"

namespace weightfold {

// Checks the sizes of an op with 4-D input and output, and fills in all but the activation range and the
// flips.
inline bool ReadPoolWindows(const BindContext& c, int64_t max_elements, PoolShape* shape) {
  const PlanTensor &x = c.Input(0), &y = c.Output(0);
  if (!c.ExpectEqual("rank of the input", x.rank, 4) || !c.ExpectEqual("rank of the output", y.rank, 4) ||
      !c.ExpectEqual("batch", y.dims[0], x.dims[0]) || !c.ExpectEqual("channels", y.dims[3], x.dims[3])) {
    return false;
  }
  for (uint32_t i = 0; i < 2; ++i) {
    if (!c.ExpectRange("output size", y.dims[1 + i], 1, 1 << 16) ||
        !c.ExpectRange("filter size", c.Parameter(i), 1, 1 << 12) ||
        !c.ExpectRange("stride", c.Parameter(2 + i), 1, 1 << 12) ||
        !c.ExpectRange("padding", c.Parameter(4 + i), 0, c.Parameter(i) - 1)) {
      return false;
    }
  }
  shape->in_h = x.dims[1];
  shape->in_w = x.dims[2];
  shape->channels = x.dims[3];
  shape->out_h = y.dims[1];
  shape->out_w = y.dims[2];
  shape->kernel_h = c.Parameter(0);
  shape->kernel_w = c.Parameter(1);
  shape->stride_h = c.Parameter(2);
  shape->stride_w = c.Parameter(3);
  shape->pad_top = c.Parameter(4);
  shape->pad_left = c.Parameter(5);
  const int64_t elements = static_cast<int64_t>(shape->kernel_h) * shape->kernel_w;
  return c.ExpectLimit("filter elements", elements, max_elements, "pool in two steps, with smaller filters");
}

}  // namespace weightfold
