// Threads that share the work of one op after the other. Who runs which part is decided while they run; what
// a part computes is not, so results are equal for every number of threads. docs/design/threads.md.
#pragma once
#include <pthread.h>

#include <atomic>
#include <cstdint>
#include <thread>

namespace weightfold {

constexpr uint32_t kMaxThreads = 64;

class ThreadPool {
 public:
  // Does the units [begin, end). `thread` is below threads(): no two parts run at once with the same one.
  using Task = void (*)(const void* context, uint32_t thread, uint32_t begin, uint32_t end);

  ThreadPool() = default;
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;
  ~ThreadPool() { Stop(); }

  // The caller of Run counts as one of them. False when the system gives no more threads; none runs then.
  bool Start(uint32_t threads);
  void Stop();
  uint32_t threads() const { return started_ + 1; }

  // Returns when all units are done. The units go in at most `parts` pieces of nearly equal size. One caller
  // at a time.
  void Run(Task task, const void* context, uint32_t units, uint32_t parts);

 private:
  void Main(uint32_t thread);
  void Work(uint32_t thread);
  bool WaitForWork();
  bool Sleep();

  // The job, written by Run while no part of it is left to claim or running.
  Task task_ = nullptr;
  const void* context_ = nullptr;
  uint32_t units_ = 0, parts_ = 0;
  // On lines of their own: every thread looks at the first all the time.
  alignas(64) std::atomic<uint32_t> unclaimed_{0};
  alignas(64) std::atomic<uint32_t> done_{0};
  alignas(64) std::atomic<uint32_t> sleepers_{0};
  std::atomic<bool> stopping_{false};
  // Not std::condition_variable, whose wait needs GLIBCXX_3.4.30.
  pthread_mutex_t mutex_ = PTHREAD_MUTEX_INITIALIZER;
  pthread_cond_t wake_ = PTHREAD_COND_INITIALIZER;
  uint32_t started_ = 0;
  std::thread workers_[kMaxThreads - 1];
};

}  // namespace weightfold
