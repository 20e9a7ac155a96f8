// PAD: before, after of four dimensions (batch, height, width, channel order), then the code. TRANSPOSE:
// permutation of four.
#include "kernels/pad/pad.h"
#include "kernels/transpose/transpose.h"
#include "plan/bind.h"

namespace weightfold {
namespace {

struct PadState {
  PadShape shape;
  PlanImage input, output;
};

struct TransposeState {
  TransposeShape shape;
  const int8_t* input;
  int8_t* output;
};

// A unit is a row of the output.
void RunPad(const void* opaque, void*, int32_t begin, int32_t end) {
  const PadState& s = *static_cast<const PadState*>(opaque);
  const PadShape& shape = s.shape;
  for (int32_t i = begin; i < end; ++i) {
    const int32_t n = i / shape.out[1] - shape.before[0], y = i % shape.out[1] - shape.before[1];
    const bool inside = n >= 0 && n < shape.in[0] && y >= 0 && y < shape.in[1];
    PadRow(shape, inside ? s.input.Row(n * shape.in[1] + y) : nullptr, s.output.Row(i));
  }
}

void RunTranspose(const void* opaque, void*, int32_t, int32_t) {
  const TransposeState& s = *static_cast<const TransposeState*>(opaque);
  Transpose(s.shape, s.input, s.output);
}

bool CheckTensors(const BindContext& c, uint32_t parameters, Border border) {
  return c.ExpectCounts(1, 1, parameters) && c.ExpectInputCodes(0, border) &&
         c.ExpectOutputCodes(0, border) && c.ExpectRange("rank of the input", c.Input(0).rank, 0, 4) &&
         c.ExpectEqual("rank of the output", c.Output(0).rank, c.Input(0).rank);
}

}  // namespace

bool BindPad(BindContext* context, BoundOp* bound) {
  const BindContext& c = *context;
  if (!CheckTensors(c, 9, Border::kAllowed)) return false;
  const int32_t lowest = FlipOf(c.Output(0)) ? 0 : -128;
  if (!c.ExpectRange("code", c.Parameter(8), lowest, lowest + 255)) return false;
  PadState* s = context->NewState<PadState>();
  if (s == nullptr) return false;
  FourDimensions(c.Input(0), s->shape.in);
  FourDimensions(c.Output(0), s->shape.out);
  for (uint32_t i = 0; i < 4; ++i) {
    const int32_t before = c.Parameter(2 * i), after = c.Parameter(2 * i + 1);
    if (!c.ExpectRange("padding", before, 0, 1 << 24) || !c.ExpectRange("padding", after, 0, 1 << 24) ||
        !c.ExpectEqual("size of the output", s->shape.out[i],
                       static_cast<int64_t>(s->shape.in[i]) + before + after)) {
      return false;
    }
    s->shape.before[i] = before;
  }
  s->shape.value = static_cast<uint8_t>(c.Parameter(8));
  s->shape.flip = FlipOf(c.Input(0)) ^ FlipOf(c.Output(0));
  s->input = c.InputImage(0);
  s->output = c.OutputImage(0);
  *bound = {RunPad, s, s->shape.out[0] * s->shape.out[1]};
  return true;
}

bool BindTranspose(BindContext* context, BoundOp* bound) {
  const BindContext& c = *context;
  if (!CheckTensors(c, 4, Border::kNone) ||
      !c.ExpectEqual("type of the output", c.Output(0).type, c.Input(0).type)) {
    return false;
  }
  TransposeState* s = context->NewState<TransposeState>();
  if (s == nullptr) return false;
  int32_t in[4];
  FourDimensions(c.Input(0), in);
  FourDimensions(c.Output(0), s->shape.out);
  uint32_t seen = 0;
  for (uint32_t i = 0; i < 4; ++i) {
    const int32_t from = c.Parameter(i);
    if (!c.ExpectRange("permutation", from, 0, 3) ||
        !c.ExpectEqual("size of the output", s->shape.out[i], in[from])) {
      return false;
    }
    seen |= 1u << from;
    s->shape.stride[i] = 1;
    for (int32_t j = from + 1; j < 4; ++j) s->shape.stride[i] *= static_cast<size_t>(in[j]);
  }
  if (!c.ExpectEqual("permutation", seen, 15)) return false;
  s->input = c.InputData<int8_t>(0);
  s->output = c.OutputData<int8_t>(0);
  *bound = {RunTranspose, s, 1};
  return true;
}

}  // namespace weightfold
