// Ops of int16 codes beside convolutions.
// ADD_16: left shift; multiplier, shift of input 0, input 1 and the output; min; max. MUL_16: multiplier;
// shift; min; max. AVERAGE_POOL_2D_16 and MAX_POOL_2D_16: kernel h, w; stride h, w; pad top, left; min; max.
// SOFTMAX_16: multiplier; shift; inputs 1 and 2 are the tables. LOGISTIC_16 and TANH_16: multiplier; right
// shift; input 1 is the table.
#include "kernels/arithmetic16/arithmetic16.h"
#include "kernels/pool/int16.h"
#include "kernels/sigmoid/sigmoid.h"
#include "kernels/softmax/int16.h"
#include "plan/bind_pool_windows.h"
#include "plan/bind_scales.h"

namespace weightfold {
namespace {

constexpr int32_t kAddShift = 15;

template <typename Parameters>
struct BinaryState {
  Broadcast16 shape;
  Parameters parameters;
  const int16_t* input[2];
  int16_t* output;
};

template <typename Parameters>
struct UnaryState {
  Parameters parameters;
  const int16_t* input;
  int16_t* output;
};

struct CurveParameters {
  SigmoidTable table;
  SigmoidScale scale;
};

bool CheckCodes(const BindContext& c, uint32_t inputs, uint32_t parameters) {
  if (!c.ExpectCounts(inputs, 1, parameters) || !c.ExpectOutput(0, DataType::kInt16)) return false;
  return c.ExpectInput(0, DataType::kInt16);
}

bool ReadActivation(const BindContext& c, uint32_t first, int32_t* min, int32_t* max) {
  *min = c.Parameter(first);
  *max = c.Parameter(first + 1);
  return c.ExpectRange("activation minimum", *min, INT16_MIN, INT16_MAX) &&
         c.ExpectRange("activation maximum", *max, *min, INT16_MAX);
}

bool FillBroadcast(const BindContext& c, Broadcast16* shape) {
  if (!c.ExpectRange("rank of the output", c.Output(0).rank, 0, 4)) return false;
  FourDimensions(c.Output(0), shape->out);
  for (uint32_t input = 0; input < 2; ++input) {
    if (!c.ExpectInput(input, DataType::kInt16) ||
        !c.ExpectRange("rank of an input", c.Input(input).rank, 0, 4)) {
      return false;
    }
    int32_t dims[4], stride = 1;
    FourDimensions(c.Input(input), dims);
    for (int i = 3; i >= 0; --i) {
      if (dims[i] != 1 && !c.ExpectEqual("size of an input", dims[i], shape->out[i])) return false;
      shape->stride[input][i] = dims[i] == 1 ? 0 : stride;
      stride *= dims[i];
    }
  }
  return true;
}

template <typename Parameters,
          void (*kKernel)(const Parameters&, const Broadcast16&, const int16_t*, const int16_t*, int16_t*)>
bool BindBinary(BindContext* context, const Parameters& parameters, BoundOp* bound) {
  const BindContext& c = *context;
  auto* s = context->NewState<BinaryState<Parameters>>();
  if (s == nullptr || !FillBroadcast(c, &s->shape)) return false;
  s->parameters = parameters;
  for (uint32_t i = 0; i < 2; ++i) s->input[i] = c.InputData<int16_t>(i);
  s->output = c.OutputData<int16_t>(0);
  *bound = {[](const void* opaque, void*, int32_t, int32_t) {
              const auto& op = *static_cast<const BinaryState<Parameters>*>(opaque);
              kKernel(op.parameters, op.shape, op.input[0], op.input[1], op.output);
            },
            s, 1};
  return true;
}

template <typename Parameters, void (*kKernel)(const Parameters&, const int16_t*, int16_t*, int32_t, int32_t)>
bool BindUnary(BindContext* context, const Parameters& parameters, int32_t units, BoundOp* bound) {
  const BindContext& c = *context;
  auto* s = context->NewState<UnaryState<Parameters>>();
  if (s == nullptr) return false;
  *s = {parameters, c.InputData<int16_t>(0), c.OutputData<int16_t>(0)};
  *bound = {[](const void* opaque, void*, int32_t begin, int32_t end) {
              const auto& op = *static_cast<const UnaryState<Parameters>*>(opaque);
              kKernel(op.parameters, op.input, op.output, begin, end);
            },
            s, units};
  return true;
}

template <void (*kKernel)(const PoolShape&, const int16_t*, int16_t*, int32_t, int32_t)>
bool BindPool(BindContext* context, BoundOp* bound) {
  const BindContext& c = *context;
  PoolShape shape = {};
  // 2^15 per element, and half the elements for rounding, stay in 32 bits.
  if (!CheckCodes(c, 1, 8) || !ReadActivation(c, 6, &shape.min, &shape.max) ||
      !ReadPoolWindows(c, 1 << 15, &shape)) {
    return false;
  }
  const int64_t rows = static_cast<int64_t>(c.Output(0).dims[0]) * shape.out_h;
  if (!c.ExpectRange("images × rows", rows, 1, INT32_MAX)) return false;
  return BindUnary<PoolShape, kKernel>(context, shape, static_cast<int32_t>(rows), bound);
}

template <int16_t (*kCurve)(SigmoidTable, SigmoidScale, int16_t)>
void ApplyCurve(const CurveParameters& p, const int16_t* input, int16_t* output, int32_t begin, int32_t end) {
  for (int32_t i = begin; i < end; ++i) output[i] = kCurve(p.table, p.scale, input[i]);
}

template <int16_t (*kCurve)(SigmoidTable, SigmoidScale, int16_t)>
bool BindCurve(BindContext* context, BoundOp* bound) {
  const BindContext& c = *context;
  CurveParameters parameters;
  const auto elements = [&] { return Elements(c.Output(0)); };
  if (!CheckCodes(c, 2, 2) || !ExpectSigmoidTable(c, 1) || !ReadSigmoidScale(c, 0, &parameters.scale) ||
      !c.ExpectEqual("output elements", elements(), Elements(c.Input(0)))) {
    return false;
  }
  parameters.table = c.InputData<uint16_t>(1);
  return BindUnary<CurveParameters, ApplyCurve<kCurve>>(context, parameters, static_cast<int32_t>(elements()),
                                                        bound);
}

}  // namespace

bool BindAdd16(BindContext* context, BoundOp* bound) {
  const BindContext& c = *context;
  if (!CheckCodes(c, 2, 9)) return false;
  Add16Parameters p;
  p.left_shift = c.Parameter(0);
  return c.ExpectRange("left shift", p.left_shift, 0, kAddShift) && ReadScale(c, 1, kMaxShift, &p.input[0]) &&
         ReadScale(c, 3, kMaxShift, &p.input[1]) && ReadScale(c, 5, kMaxShift, &p.output) &&
         ReadActivation(c, 7, &p.min, &p.max) && BindBinary<Add16Parameters, Add16>(context, p, bound);
}

bool BindMul16(BindContext* context, BoundOp* bound) {
  const BindContext& c = *context;
  if (!CheckCodes(c, 2, 4)) return false;
  Mul16Parameters p;
  return ReadScale(c, 0, kMaxShift, &p.output) && ReadActivation(c, 2, &p.min, &p.max) &&
         BindBinary<Mul16Parameters, Mul16>(context, p, bound);
}

bool BindAveragePool2d16(BindContext* context, BoundOp* bound) {
  return BindPool<AveragePool16>(context, bound);
}
bool BindMaxPool2d16(BindContext* context, BoundOp* bound) { return BindPool<MaxPool16>(context, bound); }

bool BindSoftmax16(BindContext* context, BoundOp* bound) {
  const BindContext& c = *context;
  if (!CheckCodes(c, 3, 2) || !c.ExpectRange("rank of the input", c.Input(0).rank, 1, kMaxRank) ||
      !c.ExpectEqual("output elements", Elements(c.Output(0)), Elements(c.Input(0)))) {
    return false;
  }
  for (uint32_t i = 1; i < 3; ++i) {
    if (!c.ExpectConstant(i, DataType::kInt16) ||
        !c.ExpectEqual("entries of the table", Elements(c.Input(i)), kSoftmax16Entries)) {
      return false;
    }
  }
  Softmax16Parameters p;
  p.depth = c.Input(0).dims[c.Input(0).rank - 1];
  p.rows = static_cast<int32_t>(Elements(c.Input(0)) / p.depth);
  // So that a sum of exponentials, 2^15 each at most, stays in 32 bits.
  if (!c.ExpectLimit("size of the last dimension", p.depth, 65535, kTakeOut) ||
      !ReadScale(c, 0, kMaxShift, &p.input)) {
    return false;
  }
  p.exp = c.InputData<int16_t>(1);
  p.reciprocal = c.InputData<int16_t>(2);
  return BindUnary<Softmax16Parameters, Softmax16>(context, p, p.rows, bound);
}

bool BindLogistic16(BindContext* context, BoundOp* bound) { return BindCurve<Logistic>(context, bound); }
bool BindTanh16(BindContext* context, BoundOp* bound) { return BindCurve<Tanh>(context, bound); }

}  // namespace weightfold
