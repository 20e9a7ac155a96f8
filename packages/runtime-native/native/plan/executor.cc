#include "plan/executor.h"

#include <cstring>

#include "plan/bind.h"

namespace weightfold {
namespace {

// Kernels may read this far behind a tensor.
constexpr size_t kSlack = 64;

using BindFunction = bool (*)(BindContext*, BoundOp*);

struct OpKind {
  const char* name;
  BindFunction bind;
};

OpKind FindKind(uint32_t number) {
  switch (number) {
#define OP(number, name, function) \
  case number:                     \
    return {#name, function};
#include "plan/ops.inc"
#undef OP
    default:
      return {nullptr, nullptr};
  }
}

}  // namespace

bool Executor::Load(const uint8_t* plan, size_t size, uint32_t features, const Allocator& allocator,
                    Status* status) {
  if (!ReadPlan(plan, size, &plan_, status)) return false;
  const PlanHeader& header = *plan_.header;
  memory_.arena_bytes = header.arena_bytes;
  arena_ = static_cast<uint8_t*>(allocator.allocate(allocator.context, header.arena_bytes + kSlack));
  ops_ = static_cast<BoundOp*>(allocator.allocate(allocator.context, header.op_count * sizeof(BoundOp) + 1));
  if (arena_ == nullptr || ops_ == nullptr) {
    return status->Fail("no memory for an arena of %zu bytes", memory_.arena_bytes);
  }
  std::memset(arena_, 0, header.arena_bytes + kSlack);
  BindContext context(plan_, arena_, features, allocator, status);
  for (uint32_t i = 0; i < header.op_count; ++i) {
    const OpKind kind = FindKind(plan_.ops[i].kind);
    if (kind.bind == nullptr) {
      return status->Fail("plan: op %u has unknown kind %u", plan_.ops[i].source, plan_.ops[i].kind);
    }
    context.Select(i, kind.name);
    if (!kind.bind(&context, &ops_[i])) return false;
  }
  op_count_ = header.op_count;
  memory_.packed_bytes = context.allocated_bytes();
  memory_.scratch_bytes = context.scratch_bytes();
  scratch_ = allocator.allocate(allocator.context, memory_.scratch_bytes + kSlack);
  if (scratch_ == nullptr) return status->Fail("no memory for %zu bytes of scratch", memory_.scratch_bytes);
  return true;
}

}  // namespace weightfold
