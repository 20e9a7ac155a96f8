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

struct BoundOp {
  void (*run)(const void* state, void* scratch);
  const void* state;
};

struct MemoryUse {
  size_t arena_bytes;    // activations
  size_t packed_bytes;   // weights in the kernels' layouts, and what kernels keep
  size_t scratch_bytes;  // shared by all ops
};

class Executor {
 public:
  // `plan` must stay alive. `features` limits the kernels (Isa::features).
  bool Load(const uint8_t* plan, size_t size, uint32_t features, const Allocator& allocator, Status* status);
  void Invoke() const {
    for (uint32_t i = 0; i < op_count_; ++i) ops_[i].run(ops_[i].state, scratch_);
  }

  uint8_t* arena() const { return arena_; }
  const PlanView& plan() const { return plan_; }
  const MemoryUse& memory() const { return memory_; }

 private:
  PlanView plan_ = {};
  MemoryUse memory_ = {};
  BoundOp* ops_ = nullptr;
  uint32_t op_count_ = 0;
  uint8_t* arena_ = nullptr;
  void* scratch_ = nullptr;
};

}  // namespace weightfold
