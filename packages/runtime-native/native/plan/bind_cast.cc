// CAST: type of the output.
#include "kernels/cast/cast.h"
#include "plan/bind_units.h"

namespace weightfold {
namespace {

struct CastState {
  int32_t units;
  int64_t elements;
  CastType from, to;
  const void* input;
  void* output;
};

// So that a unit is worth being given to a thread.
constexpr int64_t kUnitElements = 4096;

void RunCast(const CastState& s, int32_t begin, int32_t end) {
  const int64_t last = end * kUnitElements;
  Cast(s.from, s.to, s.input, s.output, static_cast<int32_t>(begin * kUnitElements),
       static_cast<int32_t>(last < s.elements ? last : s.elements));
}

}  // namespace

bool BindCast(BindContext* context, BoundOp* bound) {
  const BindContext& c = *context;
  constexpr int32_t last_type = static_cast<int32_t>(CastType::kFloat32);
  if (!c.ExpectCounts(1, 1, 1) || !ExpectAnyInput(c, 0) ||
      !c.ExpectRange("type of the input", c.Input(0).type, 0, last_type) ||
      !c.ExpectRange("type", c.Parameter(0), 0, last_type) ||
      !c.ExpectOutput(0, static_cast<DataType>(c.Parameter(0))) || !ExpectSameElements(c)) {
    return false;
  }
  CastState* s = context->NewState<CastState>();
  if (s == nullptr) return false;
  const int64_t elements = Elements(c.Output(0));
  // CastType has the numbers of DataType.
  *s = {static_cast<int32_t>((elements + kUnitElements - 1) / kUnitElements),
        elements,
        static_cast<CastType>(c.Input(0).type),
        static_cast<CastType>(c.Output(0).type),
        c.InputData<void>(0),
        c.OutputData<void>(0)};
  SetRun<CastState, RunCast>(s, bound);
  return true;
}

}  // namespace weightfold
