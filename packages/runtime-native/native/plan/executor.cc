#include "plan/executor.h"

#include <cstring>

#include "base/numbers.h"
#include "plan/bind.h"
#include "plan/dataflow.h"

namespace weightfold {
namespace {

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

// An empty piece has no address.
void CopyPiece(const PlanPiece& piece, uint8_t* to) {
  if (piece.size > 0) std::memcpy(to, piece.bytes, piece.size);
}

}  // namespace

bool Executor::Load(const PlanPiece* pieces, size_t count, const LoadOptions& options,
                    const Allocator& allocator, Status* status) {
  size_t size = 0;
  for (size_t i = 0; i < count; ++i) size += pieces[i].size;
  uint8_t* copy = static_cast<uint8_t*>(allocator.allocate(allocator.context, size + kReadSlack));
  if (copy == nullptr) return status->Fail("no memory for a plan of %zu bytes", size);
  uint8_t* end = copy;
  for (size_t i = 0; i < count; end += pieces[i++].size) CopyPiece(pieces[i], end);
  std::memset(end, 0, kReadSlack);
  return ReadPlan(copy, size, &plan_, status) && AllocateArena(options, allocator, status) &&
         AllocateState(allocator, status) && CheckDataflow(plan_, allocator, status) &&
         BindOps(options, allocator, status);
}

bool Executor::AllocateArena(const LoadOptions& options, const Allocator& allocator, Status* status) {
  const uint64_t bytes = plan_.header->arena_bytes;
  if (bytes > options.max_bytes) {
    return status->Fail("plan: the arena has %llu bytes, expected at most %llu",
                        static_cast<unsigned long long>(bytes),
                        static_cast<unsigned long long>(options.max_bytes));
  }
  memory_.arena_bytes = static_cast<size_t>(bytes);
  const size_t room = memory_.arena_bytes + kReadSlack;
  arena_ = static_cast<uint8_t*>(allocator.allocate(allocator.context, room));
  if (arena_ == nullptr) return status->Fail("no memory for an arena of %zu bytes", memory_.arena_bytes);
  std::memset(arena_, 0, room);
  return true;
}

bool Executor::AllocateState(const Allocator& allocator, Status* status) {
  uint64_t bytes = 0;
  for (uint32_t i = 0; i < plan_.header->tensor_count; ++i) {
    const PlanTensor& t = plan_.tensors[i];
    if (IsAt(t, Location::kState) && t.offset + t.bytes > bytes) bytes = t.offset + t.bytes;
  }
  memory_.state_bytes = static_cast<size_t>(bytes);
  const size_t room = memory_.state_bytes + kReadSlack;
  state_ = static_cast<uint8_t*>(allocator.allocate(allocator.context, room));
  if (state_ == nullptr) return status->Fail("no memory for a state of %zu bytes", memory_.state_bytes);
  std::memset(state_, 0, room);
  Reset();
  return true;
}

void Executor::Reset() const { std::memcpy(state_, plan_.data, memory_.state_bytes); }

bool Executor::BindOps(const LoadOptions& options, const Allocator& allocator, Status* status) {
  const uint32_t count = plan_.header->op_count;
  ops_ = static_cast<BoundOp*>(allocator.allocate(allocator.context, count * sizeof(BoundOp)));
  if (ops_ == nullptr) return status->Fail("no memory for %u ops", count);
  BindContext context(plan_, {arena_, state_}, options, allocator, status);
  for (uint32_t i = 0; i < count; ++i) {
    const OpKind kind = FindKind(plan_.ops[i].kind);
    status->op = i;
    if (kind.bind == nullptr) {
      return status->Fail("plan: op %u has unknown kind %u", plan_.ops[i].source, plan_.ops[i].kind);
    }
    context.Select(i, kind.name);
    ops_[i] = {};
    if (!kind.bind(&context, &ops_[i])) return false;
    ops_[i].parts = PartsOf(i, options.threads);
  }
  status->op = Status::kNoOp;
  op_count_ = count;
  memory_.packed_bytes = context.allocated_bytes();
  return AllocateScratch(context.scratch_bytes(), options, allocator, status);
}

bool Executor::AllocateScratch(size_t bytes, const LoadOptions& options, const Allocator& allocator,
                               Status* status) {
  scratch_stride_ = RoundUp(bytes, 64);
  memory_.scratch_bytes = scratch_stride_ * options.threads;
  if (memory_.scratch_bytes > options.max_bytes && options.threads > 1) {
    return status->FailWithHint("use fewer threads, or pass a larger maxArenaBytes",
                                "plan: %u threads need %zu bytes of scratch, expected at most %llu",
                                options.threads, memory_.scratch_bytes,
                                static_cast<unsigned long long>(options.max_bytes));
  }
  scratch_ = static_cast<uint8_t*>(allocator.allocate(allocator.context, memory_.scratch_bytes));
  if (scratch_ == nullptr) return status->Fail("no memory for %zu bytes of scratch", memory_.scratch_bytes);
  return true;
}

// A part must take longer than handing it over, about a microsecond: at 64 multiply-accumulates or 4 bytes
// per nanosecond. Two parts per thread, so that one that comes late leaves less to wait for.
int32_t Executor::PartsOf(uint32_t op, uint32_t threads) const {
  const PlanOp& o = plan_.ops[op];
  uint64_t bytes = 0;
  for (uint32_t i = 0; i < o.input_count + o.output_count; ++i) {
    const uint32_t reference = plan_.references[o.first_reference + i];
    if (reference != kNoTensor && !IsAt(plan_.tensors[reference], Location::kData))
      bytes += plan_.tensors[reference].bytes;
  }
  const uint64_t nanoseconds = o.macs / 64 + bytes / 4;
  const uint64_t most = MinInt(ops_[op].units, threads > 1 ? static_cast<int32_t>(2 * threads) : 1);
  return static_cast<int32_t>(nanoseconds / 1000 < most ? nanoseconds / 1000 : most);
}

void Executor::RunParts(const BoundOp& op, const Workers& workers) const {
  struct Context {
    const BoundOp& op;
    uint8_t* scratch;
    size_t stride;
  };
  const Context context = {op, scratch_, scratch_stride_};
  const Workers::Task task = [](const void* opaque, uint32_t thread, uint32_t begin, uint32_t end) {
    const Context& c = *static_cast<const Context*>(opaque);
    c.op.run(c.op.state, c.scratch + thread * c.stride, static_cast<int32_t>(begin),
             static_cast<int32_t>(end));
  };
  workers.run(workers.pool, task, &context, static_cast<uint32_t>(op.units), static_cast<uint32_t>(op.parts));
}

}  // namespace weightfold
