// What stands where in the arena and the state while ops run in their order.
#pragma once
#include "plan/executor.h"

namespace weightfold {

// Every op reads what an input of the plan or an op before it wrote, and what is still there; no op writes
// over what it reads; the outputs are there at the end. Takes O(log tensors) per reference. `view` must have
// passed ReadPlan.
bool CheckDataflow(const PlanView& view, const Allocator& allocator, Status* status);

}  // namespace weightfold
