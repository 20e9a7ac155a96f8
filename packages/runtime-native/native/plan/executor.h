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
};

struct MemoryUse {
  size_t arena_bytes;    // activations
  size_t state_bytes;    // what is kept from one run to the next
  size_t packed_bytes;   // weights in the kernels' layouts, and what kernels keep
  size_t scratch_bytes;  // shared by all ops; each thread needs as much
};

// Kernels may read this many bytes behind an input of theirs, wherever it lies: in the arena or among the
// constants. They write nothing there, and read nothing behind packed weights and scratch.
constexpr size_t kReadSlack = 64;

struct LoadOptions {
  uint32_t features;   // limits the kernels (Isa::features)
  uint64_t max_bytes;  // most bytes of arena, and most bytes of scratch
};

class Executor {
 public:
  // Copies the plan, with room for what kernels read behind it.
  bool Load(const uint8_t* plan, size_t size, const LoadOptions& options, const Allocator& allocator,
            Status* status);
  void Invoke() const {
    for (uint32_t i = 0; i < op_count_; ++i) ops_[i].run(ops_[i].state, scratch_, 0, ops_[i].units);
  }

  // Gives the state its initial value again.
  void Reset() const;

  uint8_t* arena() const { return arena_; }
  const PlanView& plan() const { return plan_; }
  const MemoryUse& memory() const { return memory_; }

 private:
  bool AllocateArena(const LoadOptions& options, const Allocator& allocator, Status* status);
  bool AllocateState(const Allocator& allocator, Status* status);
  bool BindOps(const LoadOptions& options, const Allocator& allocator, Status* status);

  PlanView plan_ = {};
  MemoryUse memory_ = {};
  BoundOp* ops_ = nullptr;
  uint32_t op_count_ = 0;
  uint8_t* arena_ = nullptr;
  uint8_t* state_ = nullptr;
  void* scratch_ = nullptr;
};

}  // namespace weightfold
