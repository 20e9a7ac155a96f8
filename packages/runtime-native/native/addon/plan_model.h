#pragma once
#include <cstdint>
#include <vector>

#include "plan/executor.h"
#include "threads/thread_pool.h"

namespace weightfold {

// A loaded plan, its threads and all its memory. Shared by the arena's ArrayBuffer, the functions and the run
// under way, whichever lives longest. Counts its owners itself: std::shared_ptr needs GLIBC_2.32
// (__libc_single_threaded), and only JavaScript's thread counts.
class PlanModel {
 public:
  PlanModel() = default;
  PlanModel(const PlanModel&) = delete;
  PlanModel& operator=(const PlanModel&) = delete;

  PlanModel* Share();
  void Drop();

  bool Load(const std::vector<PlanPiece>& plan, const LoadOptions& options, Status* status);

  void Invoke() { executor_.Invoke(workers()); }
  void Profile(double* nanoseconds);

  // Between Begin and End another thread may invoke; JavaScript's thread begins and ends runs.
  bool running() const { return running_; }
  void Begin() { running_ = true; }
  void End();

  // Frees the memory now, or when the run under way ends.
  void Dispose();
  bool disposed() const { return disposed_; }

  const Executor& executor() const { return executor_; }

 private:
  ~PlanModel() { Release(); }
  void Release();
  void* Allocate(size_t bytes);
  Workers workers();

  int owners_ = 1;
  bool running_ = false, disposed_ = false;
  Executor executor_;
  ThreadPool pool_;
  std::vector<void*> memory_;
};

}  // namespace weightfold
