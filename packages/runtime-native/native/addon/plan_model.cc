#include "addon/plan_model.h"

#include <chrono>
#include <cstdlib>

#include "base/numbers.h"

namespace weightfold {

PlanModel* PlanModel::Share() {
  ++owners_;
  return this;
}

void PlanModel::Drop() {
  if (--owners_ == 0) delete this;
}

bool PlanModel::Load(const std::vector<PlanPiece>& plan, const LoadOptions& options, Status* status) {
  const Allocator allocator = {
      this, [](void* self, size_t bytes) { return static_cast<PlanModel*>(self)->Allocate(bytes); }};
  if (!pool_.Start(options.threads)) return status->Fail("the system gives no %u threads", options.threads);
  return executor_.Load(plan.data(), plan.size(), options, allocator, status);
}

Workers PlanModel::workers() {
  return {&pool_, [](void* pool, Workers::Task task, const void* context, uint32_t units, uint32_t parts) {
            static_cast<ThreadPool*>(pool)->Run(task, context, units, parts);
          }};
}

void PlanModel::Profile(double* nanoseconds) {
  using Clock = std::chrono::steady_clock;
  Clock::time_point before = Clock::now();
  for (uint32_t i = 0; i < executor_.op_count(); ++i) {
    executor_.RunOp(i, workers());
    const Clock::time_point after = Clock::now();
    nanoseconds[i] = std::chrono::duration<double, std::nano>(after - before).count();
    before = after;
  }
}

void PlanModel::End() {
  running_ = false;
  if (disposed_) Release();
}

void PlanModel::Dispose() {
  disposed_ = true;
  if (!running_) Release();
}

void PlanModel::Release() {
  pool_.Stop();
  for (void* memory : memory_) std::free(memory);
  memory_.clear();
}

void* PlanModel::Allocate(size_t bytes) {
  void* memory = std::aligned_alloc(64, RoundUp(bytes == 0 ? 1 : bytes, 64));
  if (memory) memory_.push_back(memory);
  return memory;
}

}  // namespace weightfold
