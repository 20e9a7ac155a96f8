// State: what is kept from one run to the next, and what a reset brings back.
#include "plan/test_support.h"

using namespace weightfold;

namespace {

// y = x + state; state = y.
PlanBuilder Accumulator(int64_t second_state = -1) {
  PlanBuilder plan;
  plan.inputs = {plan.Activation({16})};
  const uint32_t state = plan.State({16});
  if (second_state >= 0) plan.State({16}, second_state);
  plan.outputs = {plan.Activation({16})};
  plan.Op(kAdd, {plan.inputs[0], state}, plan.outputs[0], {20, kHalf, 1, kHalf, 1, kHalf, -19, -128, 127});
  plan.Op(kCopy, {plan.outputs[0]}, state, {});
  return plan;
}

void TestState() {
  const std::vector<uint8_t> plan = Accumulator().Encode();
  GuardedMemory memory;
  Executor executor;
  Status status;
  Check(
      executor.Load(plan.data(), plan.size(), {Scalar().features, kMaxBytes, 1}, memory.allocator(), &status),
      std::string("state: ") + status.message);
  const uint8_t* y = executor.arena() + executor.plan().tensors[2].offset;
  for (int expected : {1, 2, 3, 1, 2}) {
    if (expected == 1) executor.Reset();
    std::memset(executor.arena(), 1, 16);
    executor.Invoke({});
    Check(y[0] == expected && y[15] == expected, "state keeps its value until it is reset");
  }
}

void TestRefusals() {
  std::vector<uint8_t> arena;
  Status status;
  Check(LoadAndRun(Accumulator(0).Encode(), Scalar(), &arena, &status), "two names of one state");
  CheckRefused(Accumulator(8), "state tensor 1 overlaps another");
  PlanBuilder output = Accumulator();
  output.outputs = {1};
  CheckRefused(output, "output 0 does not stand in the arena");
  std::vector<uint8_t> outside = Accumulator().Encode();
  const uint64_t offset = 64;  // behind the data
  std::memcpy(outside.data() + sizeof(PlanHeader) + sizeof(PlanTensor) + 8, &offset, sizeof(offset));
  Check(
      !LoadAndRun(outside, Scalar(), &arena, &status) && std::strstr(status.message, "tensor 1 at offset 64"),
      std::string("state outside: ") + status.message);
}

}  // namespace

int main() {
  TestState();
  TestRefusals();
  std::printf("%d checks, %d failed\n", checks, failures);
  return failures == 0 ? 0 : 1;
}
