// LOG_SOFTMAX: multiplier; left shift; multiplier, shift of the reciprocal; smallest difference.
// L2_NORMALIZATION: none. Both over the last dimension.
#include "base/numbers.h"
#include "kernels/l2_normalization/l2_normalization.h"
#include "kernels/log_softmax/log_softmax.h"
#include "plan/bind_units.h"

namespace weightfold {
namespace {

struct LogSoftmaxState {
  LogSoftmaxShape shape;
  LogSoftmaxTable table;
  int32_t units;
  const int8_t* input;
  int8_t* output;
};

struct L2NormalizationState {
  L2NormalizationShape shape;
  int32_t units;
  const int8_t* input;
  int8_t* output;
};

void RunLogSoftmax(const LogSoftmaxState& s, int32_t begin, int32_t end) {
  LogSoftmax(s.shape, s.table, s.input, s.output, begin, end);
}
void RunL2Normalization(const L2NormalizationState& s, int32_t begin, int32_t end) {
  L2Normalization(s.shape, s.input, s.output, begin, end);
}

bool ExpectRows(const BindContext& c, uint32_t parameters, int32_t max_depth) {
  return c.ExpectCounts(1, 1, parameters) && ExpectInt8(c) && ExpectSameElements(c) &&
         c.ExpectRange("rank of the input", c.Input(0).rank, 1, kMaxRank) &&
         c.ExpectLimit("size of the last dimension", c.Input(0).dims[c.Input(0).rank - 1], max_depth,
                       kTakeOut);
}

template <typename State>
void FillRows(const BindContext& c, State* s) {
  s->shape.depth = c.Input(0).dims[c.Input(0).rank - 1];
  s->units = static_cast<int32_t>(Elements(c.Input(0)) / s->shape.depth);
  s->input = c.InputData<int8_t>(0);
  s->output = c.OutputData<int8_t>(0);
}

}  // namespace

bool BindLogSoftmax(BindContext* context, BoundOp* bound) {
  const BindContext& c = *context;
  // The sum of exponentials, 2^19 each at most, stays in 32 bits.
  if (!ExpectRows(c, 5, 4095) || !c.ExpectRange("multiplier", c.Parameter(0), 0, INT32_MAX) ||
      !c.ExpectRange("left shift", c.Parameter(1), 0, 30) || !ExpectScale(c, 2, 30) ||
      !c.ExpectRange("smallest difference", c.Parameter(4), INT32_MIN + 1, 0)) {
    return false;
  }
  // The fixed point of the exponential holds every difference that counts.
  const int64_t largest = -static_cast<int64_t>(MaxInt(c.Parameter(4), -255));
  if (!c.ExpectRange("largest difference, shifted", largest << c.Parameter(1), 0, INT32_MAX)) return false;
  LogSoftmaxState* s = context->NewState<LogSoftmaxState>();
  if (s == nullptr) return false;
  FillRows(c, s);
  s->shape = {s->shape.depth, c.Parameter(0), c.Parameter(1), c.Parameter(2), c.Parameter(3), c.Parameter(4)};
  MakeLogSoftmaxTable(s->shape, &s->table);
  SetRun<LogSoftmaxState, RunLogSoftmax>(s, bound);
  return true;
}

bool BindL2Normalization(BindContext* context, BoundOp* bound) {
  const BindContext& c = *context;
  // The sum of squares, 255² each at most, stays in 32 bits.
  if (!ExpectRows(c, 0, 33025)) return false;
  L2NormalizationState* s = context->NewState<L2NormalizationState>();
  if (s == nullptr) return false;
  FillRows(c, s);
  s->shape.input_zero_point = c.Input(0).zero_point;
  SetRun<L2NormalizationState, RunL2Normalization>(s, bound);
  return true;
}

}  // namespace weightfold
