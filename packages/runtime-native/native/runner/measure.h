// The commands of weightfold-runner that take times. Each prints JSON (docs/guide/boards.md) and returns
// false, with the reason in `status`, when it cannot.
#pragma once
#include "base/status.h"
#include "runner/arguments.h"
#include "runner/model.h"

namespace weightfold {

// Loading, the first run, then rounds of `runs` samples.
bool Bench(Model* model, const Arguments& arguments, Status* status);

// `runs` runs, the time of each op.
bool Profile(Model* model, const Arguments& arguments, Status* status);

// Runs without a pause for `ms` milliseconds, a line for each of `windows` windows when it ends.
bool Soak(Model* model, const Arguments& arguments, Status* status);

}  // namespace weightfold
