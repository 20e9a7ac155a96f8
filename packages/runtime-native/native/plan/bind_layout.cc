// PAD: before, after of four dimensions (batch, height, width, channel order), then the code. TRANSPOSE:
// permutation of four.
#include "kernels/pad/pad.h"
#include "kernels/transpose/transpose.h"
#include "plan/bind.h"

namespace weightfold {
namespace {

template <typename Shape>
struct State {
  Shape shape;
  const int8_t* input;
  int8_t* output;
};

template <typename Shape, void (*kFunction)(const Shape&, const int8_t*, int8_t*)>
void Run(const void* opaque, void*) {
  const State<Shape>& s = *static_cast<const State<Shape>*>(opaque);
  kFunction(s.shape, s.input, s.output);
}

bool CheckTensors(const BindContext& c, uint32_t parameters) {
  return c.ExpectCounts(1, 1, parameters) && c.ExpectInput(0, DataType::kInt8) &&
         c.ExpectOutput(0, DataType::kInt8) && c.ExpectRange("rank of the input", c.Input(0).rank, 0, 4) &&
         c.ExpectEqual("rank of the output", c.Output(0).rank, c.Input(0).rank);
}

}  // namespace

bool BindPad(BindContext* context, BoundOp* bound) {
  const BindContext& c = *context;
  if (!CheckTensors(c, 9) || !c.ExpectRange("code", c.Parameter(8), -128, 127)) return false;
  State<PadShape>* s = context->NewState<State<PadShape>>();
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
  s->shape.value = static_cast<int8_t>(c.Parameter(8));
  s->input = c.InputData<int8_t>(0);
  s->output = c.OutputData<int8_t>(0);
  *bound = {Run<PadShape, Pad>, s};
  return true;
}

bool BindTranspose(BindContext* context, BoundOp* bound) {
  const BindContext& c = *context;
  if (!CheckTensors(c, 4)) return false;
  State<TransposeShape>* s = context->NewState<State<TransposeShape>>();
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
  *bound = {Run<TransposeShape, Transpose>, s};
  return true;
}

}  // namespace weightfold
