// A plan that is loaded from a file, with the bytes of its inputs.
#pragma once
#include <cstdint>
#include <cstdio>

#include "base/cpu.h"
#include "base/status.h"
#include "counting/markers.h"
#include "plan/executor.h"
#include "runner/arguments.h"
#include "threads/thread_pool.h"

namespace weightfold {

// Nanoseconds of a clock that only goes forward.
uint64_t Now();

// Memory that lives as long as the process; null when there is none left.
void* Allocate(void* context, size_t bytes);

class Model {
 public:
  bool Load(const Arguments& arguments, Status* status);

  // Nanoseconds of `batch` runs in a row. Activations may lie where an input was: it is written anew before
  // each run, within the time that is taken only where several runs are.
  uint64_t TimedInvoke(uint64_t batch = 1);

  // One run, the nanoseconds of each op.
  void TimedOps(uint64_t* nanoseconds);

#if defined(WEIGHTFOLD_MARKERS)
  // One run, with markers around each op.
  void MarkedInvoke();
#endif

  bool WriteOutputs(std::FILE* file);

  const Isa& isa() const { return *isa_; }
  uint64_t load_ns() const { return load_ns_; }
  const Executor& executor() const { return executor_; }

 private:
  void WriteInputs();

  ThreadPool pool_;
  const Workers workers_ = {
      &pool_, [](void* pool, Workers::Task task, const void* context, uint32_t units, uint32_t parts) {
        static_cast<ThreadPool*>(pool)->Run(task, context, units, parts);
      }};
  Executor executor_;
  const Isa* isa_ = nullptr;
  const uint8_t* input_ = nullptr;
  uint64_t load_ns_ = 0;
};

}  // namespace weightfold
