// BATCH_MATMUL: m; n; k; whether input 0 is transposed, and input 1; multiplier; shift. Inputs: two int8
// tensors, and which matrix of each the output's take.
#include "kernels/batch_matmul/batch_matmul.h"
#include "plan/bind_units.h"

namespace weightfold {
namespace {

struct BatchMatmulState {
  BatchMatmulShape shape;
  BatchMatmulParameters parameters;
  int32_t units;
  const int8_t* input[2];
  int8_t* output;
};

void RunBatchMatmul(const BatchMatmulState& s, int32_t begin, int32_t end) {
  BatchMatmul(s.shape, s.parameters, s.input[0], s.input[1], s.output, begin, end);
}

// A list of matrices of `elements` each, all of which input `i` has.
bool ExpectMatrices(const BindContext& c, uint32_t i, int64_t elements, int64_t batches) {
  if (!c.ExpectConstant(i + 2, DataType::kInt32) ||
      !c.ExpectEqual("matrices of the output", Elements(c.Input(i + 2)), batches)) {
    return false;
  }
  const int64_t matrices = Elements(c.Input(i)) / elements;
  if (!c.ExpectRange("matrices of an input", matrices, 1, INT32_MAX) ||
      !c.ExpectEqual("elements of an input", Elements(c.Input(i)), matrices * elements)) {
    return false;
  }
  const int32_t* list = c.InputData<int32_t>(i + 2);
  for (int64_t at = 0; at < batches; ++at) {
    if (!c.ExpectRange("matrix of an input", list[at], 0, matrices - 1)) return false;
  }
  return true;
}

bool ExpectSizes(const BindContext& c) {
  return c.ExpectRange("rows", c.Parameter(0), 1, 1 << 24) &&
         c.ExpectRange("columns", c.Parameter(1), 1, 1 << 24) &&
         c.ExpectLimit("products in a sum", c.Parameter(2), kMaxMatrixDepth,
                       "split the matrices along that dimension, and add the products") &&
         c.ExpectRange("transpose", c.Parameter(3), 0, 1) &&
         c.ExpectRange("transpose", c.Parameter(4), 0, 1) && ExpectScale(c, 5, 30);
}

}  // namespace

bool BindBatchMatmul(BindContext* context, BoundOp* bound) {
  const BindContext& c = *context;
  if (!c.ExpectCounts(4, 1, 7) || !ExpectInt8(c) || !c.ExpectInput(1, DataType::kInt8) || !ExpectSizes(c)) {
    return false;
  }
  const int64_t m = c.Parameter(0), n = c.Parameter(1), k = c.Parameter(2);
  const int64_t batches = Elements(c.Output(0)) / (m * n);
  if (!c.ExpectRange("matrices of the output", batches, 1, INT32_MAX) ||
      !c.ExpectEqual("output elements", Elements(c.Output(0)), batches * m * n) ||
      !ExpectMatrices(c, 0, m * k, batches) || !ExpectMatrices(c, 1, k * n, batches)) {
    return false;
  }
  BatchMatmulState* s = context->NewState<BatchMatmulState>();
  if (s == nullptr) return false;
  s->shape = {c.Parameter(0),      c.Parameter(1),          c.Parameter(2),         c.Parameter(3) == 1,
              c.Parameter(4) == 1, c.InputData<int32_t>(2), c.InputData<int32_t>(3)};
  s->parameters = {c.Input(0).zero_point, c.Input(1).zero_point, c.Output(0).zero_point, c.Parameter(5),
                   c.Parameter(6)};
  s->units = static_cast<int32_t>(batches * m);
  for (uint32_t i = 0; i < 2; ++i) s->input[i] = c.InputData<int8_t>(i);
  s->output = c.OutputData<int8_t>(0);
  SetRun<BatchMatmulState, RunBatchMatmul>(s, bound);
  return true;
}

}  // namespace weightfold
