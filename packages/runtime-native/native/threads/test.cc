// The thread pool: every unit once, whatever the number of threads, parts and sleeping workers is.
#include "threads/thread_pool.h"

#include <chrono>
#include <vector>

#include "kernels/test_support.h"

using namespace weightfold;

namespace {

std::atomic<int> checks{0}, failures{0};

void Check(bool ok, const char* what) {
  ++checks;
  if (ok) return;
  ++failures;
  std::printf("FAILED %s\n", what);
}

struct Job {
  std::vector<uint32_t> done;  // how often each unit was done
  std::atomic<bool> busy[kMaxThreads] = {};
  std::atomic<bool> shared{false};
};

void Mark(const void* context, uint32_t thread, uint32_t begin, uint32_t end) {
  Job& job = *static_cast<Job*>(const_cast<void*>(context));
  if (job.busy[thread].exchange(true)) job.shared = true;
  for (uint32_t unit = begin; unit < end; ++unit) ++job.done[unit];
  job.busy[thread] = false;
}

// Pauses long enough for workers to fall asleep come between some jobs.
void TestJobs(uint32_t threads, int jobs) {
  ThreadPool pool;
  Check(pool.Start(threads) && pool.threads() == threads, "the threads start");
  Random random(threads);
  Job job;
  bool once = true;
  for (int i = 0; i < jobs; ++i) {
    const uint32_t units = static_cast<uint32_t>(random.Between(0, 40));
    job.done.assign(units, 0);
    pool.Run(Mark, &job, units, static_cast<uint32_t>(random.Between(1, 2 * kMaxThreads)));
    for (uint32_t count : job.done) once = once && count == 1;
    if (i % 500 == 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  Check(once, "every unit is done once");
  Check(!job.shared, "no two parts run at once on one thread");
}

// Pools know nothing of one another.
void TestPoolsAtOnce() {
  std::thread others[3];
  for (std::thread& other : others) other = std::thread(TestJobs, 3, 5000);
  for (std::thread& other : others) other.join();
}

void TestRestart() {
  ThreadPool pool;
  for (int round = 0; round < 50; ++round) {
    Check(pool.Start(4), "the threads start again");
    Job job;
    job.done.assign(8, 0);
    pool.Run(Mark, &job, 8, 8);
    for (uint32_t count : job.done) Check(count == 1, "every unit is done once after a restart");
    pool.Stop();
  }
}

}  // namespace

int main() {
  for (uint32_t threads : {1u, 2u, 3u, 8u, kMaxThreads}) TestJobs(threads, 5000);
  TestPoolsAtOnce();
  TestRestart();
  std::printf("%d checks, %d failed\n", checks.load(), failures.load());
  return failures == 0 ? 0 : 1;
}
