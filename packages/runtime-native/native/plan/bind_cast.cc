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

void RunCast(const CastState& s, int32_t begin, int32_t end) {
  Cast(s.from, s.to, s.input, s.output, FirstElement(begin), LastElement(end, s.elements));
}

// CastType has the numbers of DataType.
bool ExpectCastable(const BindContext& c, int64_t type) {
  return type == static_cast<int32_t>(CastType::kBool) ||
         c.ExpectRange("type", type, 0, static_cast<int32_t>(CastType::kFloat32));
}

}  // namespace

bool BindCast(BindContext* context, BoundOp* bound) {
  const BindContext& c = *context;
  if (!c.ExpectCounts(1, 1, 1) || !ExpectAnyInput(c, 0) || !ExpectCastable(c, c.Input(0).type) ||
      !ExpectCastable(c, c.Parameter(0)) || !c.ExpectOutput(0, static_cast<DataType>(c.Parameter(0))) ||
      !ExpectSameElements(c)) {
    return false;
  }
  CastState* s = context->NewState<CastState>();
  if (s == nullptr) return false;
  const int64_t elements = Elements(c.Output(0));
  *s = {ElementUnits(elements),
        elements,
        static_cast<CastType>(c.Input(0).type),
        static_cast<CastType>(c.Output(0).type),
        c.InputData<void>(0),
        c.OutputData<void>(0)};
  SetRun<CastState, RunCast>(s, bound);
  return true;
}

}  // namespace weightfold
