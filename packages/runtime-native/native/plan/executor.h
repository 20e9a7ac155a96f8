// Runs plans: binds every op to a kernel once, then runs them in order. Allocates only while loading.
#pragma once
#include <cstddef>
#include <cstdint>

#include "plan/plan.h"

namespace weightfold {

// Hands out memory aligned to 64 bytes that lives as long as the executor; null when there is none left.
struct Allocator {
  void* context;
  void* (*allocate)(void* context, size_t bytes);
};

// The work of an op is `units` parts that do not depend on one another. `run` does those in [begin, end); how
// they are split changes no output. Calls at the same time need scratch of their own.
struct BoundOp {
  void (*run)(const void* state, void* scratch, int32_t begin, int32_t end);
  const void* state;
  int32_t units;
  const char* kernel = "scalar";  // which version of a kernel runs
  int32_t parts = 1;              // in how many the units are worth splitting; set by the executor
};

// Threads that share an op's units (threads/thread_pool.h). `run` returns when `task` was called for all
// units, in at most `parts` calls, each with a `thread` of its own below the number of threads.
struct Workers {
  using Task = void (*)(const void* context, uint32_t thread, uint32_t begin, uint32_t end);
  void* pool;
  void (*run)(void* pool, Task task, const void* context, uint32_t units, uint32_t parts);
};

struct MemoryUse {
  size_t arena_bytes;    // activations
  size_t state_bytes;    // what is kept from one run to the next
  size_t packed_bytes;   // weights in the kernels' layouts, and what kernels keep
  size_t scratch_bytes;  // shared by all ops, for all threads together
};

// Kernels may read this many bytes behind an input of theirs, wherever it lies: in the arena or among the
// constants. They write nothing there, and read nothing behind packed weights and scratch.
constexpr size_t kReadSlack = 64;

struct LoadOptions {
  uint32_t features;   // limits the kernels (Isa::features)
  uint64_t max_bytes;  // most bytes of arena, and most bytes of scratch
  uint32_t threads;    // how many have scratch
};

// A stretch of a plan's bytes.
struct PlanPiece {
  const uint8_t* bytes;
  size_t size;
};

class Executor {
 public:
  // Copies the plan, pieces that follow one another, with room for what kernels read behind it.
  bool Load(const PlanPiece* pieces, size_t count, const LoadOptions& options, const Allocator& allocator,
            Status* status);
  bool Load(const uint8_t* plan, size_t size, const LoadOptions& options, const Allocator& allocator,
            Status* status) {
    const PlanPiece whole = {plan, size};
    return Load(&whole, 1, options, allocator, status);
  }
  void Invoke(const Workers& workers) const {
    for (uint32_t i = 0; i < op_count_; ++i) RunOp(i, workers);
  }
  // One op, when those before it have run.
  void RunOp(uint32_t i, const Workers& workers) const {
    const BoundOp& op = ops_[i];
    if (op.parts > 1) {
      RunParts(op, workers);
    } else {
      op.run(op.state, scratch_, 0, op.units);
    }
  }
  uint32_t op_count() const { return op_count_; }
  const char* kernel(uint32_t op) const { return ops_[op].kernel; }

  // Gives the state its initial value again.
  void Reset() const;

  uint8_t* arena() const { return arena_; }
  const PlanView& plan() const { return plan_; }
  const MemoryUse& memory() const { return memory_; }

 private:
  bool AllocateArena(const LoadOptions& options, const Allocator& allocator, Status* status);
  bool AllocateState(const Allocator& allocator, Status* status);
  bool BindOps(const LoadOptions& options, const Allocator& allocator, Status* status);
  bool AllocateScratch(size_t bytes, const LoadOptions& options, const Allocator& allocator, Status* status);
  int32_t PartsOf(uint32_t op, uint32_t threads) const;
  void RunParts(const BoundOp& op, const Workers& workers) const;

  PlanView plan_ = {};
  MemoryUse memory_ = {};
  BoundOp* ops_ = nullptr;
  uint32_t op_count_ = 0;
  uint8_t* arena_ = nullptr;
  uint8_t* state_ = nullptr;
  uint8_t* scratch_ = nullptr;
  size_t scratch_stride_ = 0;  // from one thread's to the next
};

}  // namespace weightfold
