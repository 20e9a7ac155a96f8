#include "threads/thread_pool.h"

#include <sched.h>

#include <system_error>

namespace weightfold {
namespace {

// Some tens of microseconds: longer than what lies between two ops, shorter than anybody would notice as
// load.
constexpr int kSpins = 2000;

void Pause() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

}  // namespace

bool ThreadPool::Start(uint32_t threads) {
  try {
    for (; started_ + 1 < threads && started_ + 1 < kMaxThreads; ++started_)
      workers_[started_] = std::thread(&ThreadPool::Main, this, started_ + 1);
  } catch (const std::system_error&) {
    Stop();
    return false;
  }
  return true;
}

void ThreadPool::Stop() {
  pthread_mutex_lock(&mutex_);
  stopping_.store(true);
  pthread_cond_broadcast(&wake_);
  pthread_mutex_unlock(&mutex_);
  for (; started_ > 0; --started_) workers_[started_ - 1].join();
  stopping_.store(false);
}

void ThreadPool::Main(uint32_t thread) {
  while (WaitForWork()) Work(thread);
}

void ThreadPool::Run(Task task, const void* context, uint32_t units, uint32_t parts) {
  if (parts > units) parts = units;
  if (started_ == 0 || parts < 2) {
    task(context, 0, 0, units);
    return;
  }
  task_ = task;
  context_ = context;
  units_ = units;
  parts_ = parts;
  done_.store(0, std::memory_order_relaxed);
  // Sequentially consistent, as are Sleep's two: either it sees the work, or this sees the sleeper.
  unclaimed_.store(parts);
  if (sleepers_.load() > 0) {
    pthread_mutex_lock(&mutex_);
    pthread_cond_broadcast(&wake_);
    pthread_mutex_unlock(&mutex_);
  }
  Work(0);
  for (int spins = 0; done_.load(std::memory_order_acquire) < parts; ++spins) {
    if (spins < kSpins) {
      Pause();
    } else {
      sched_yield();
    }
  }
}

// Claims parts until none is left. A claim is always one of the present job, also when this thread looked at
// the count of the one before: Run writes a job only when every part of the last is done.
void ThreadPool::Work(uint32_t thread) {
  uint32_t left = unclaimed_.load(std::memory_order_relaxed);
  while (left > 0) {
    if (!unclaimed_.compare_exchange_weak(left, left - 1, std::memory_order_acquire)) continue;
    const uint64_t part = parts_ - left;
    task_(context_, thread, static_cast<uint32_t>(units_ * part / parts_),
          static_cast<uint32_t>(units_ * (part + 1) / parts_));
    done_.fetch_add(1, std::memory_order_release);
    left = unclaimed_.load(std::memory_order_relaxed);
  }
}

// False when the thread shall end.
bool ThreadPool::WaitForWork() {
  for (int spins = 0; spins < kSpins; ++spins) {
    if (unclaimed_.load(std::memory_order_relaxed) > 0) return true;
    Pause();
  }
  return Sleep();
}

bool ThreadPool::Sleep() {
  pthread_mutex_lock(&mutex_);
  sleepers_.fetch_add(1);
  while (unclaimed_.load() == 0 && !stopping_.load()) pthread_cond_wait(&wake_, &mutex_);
  sleepers_.fetch_sub(1);
  pthread_mutex_unlock(&mutex_);
  return !stopping_.load();
}

}  // namespace weightfold
