#include "addon/threaded_decode.h"

#include <algorithm>
#include <atomic>
#include <system_error>
#include <thread>
#include <vector>

#include "addon/kept_memory.h"

namespace weightfold {
namespace {

// One thread's scratch, and the first block in the table's order that it could not decode.
struct Worker {
  void* scratch;
  uint32_t failed = UINT32_MAX;
  wfz_error error = {};
};

struct Work {
  const wfz_file* file;
  uint8_t* original;
  size_t original_size;
  std::atomic<uint32_t> next{0};

  // Blocks one after the other until none is left. Goes on after a failure: which one is told must not depend
  // on which thread was faster.
  void Run(Worker* worker) {
    for (;;) {
      const uint32_t block = wfz_work_order(file, next.fetch_add(1, std::memory_order_relaxed));
      if (block == UINT32_MAX) return;
      wfz_error error;
      const bool restored = wfz_restore_block(file, block, original, original_size, worker->scratch,
                                              wfz_scratch_size(file), &error);
      if (!restored && block < worker->failed) {
        worker->failed = block;
        worker->error = error;
      }
    }
  }
};

}  // namespace

bool DecodeWithThreads(const wfz_file* file, uint32_t block_count, uint8_t* original, size_t original_size,
                       uint32_t threads, wfz_error* error) {
  const size_t scratch_size = wfz_scratch_size(file);
  const uint32_t useful = std::max(1u, std::min(threads, block_count));
  const KeptMemory scratch(KeptMemory::kScratch, scratch_size);
  if (useful == 1) return wfz_decode(file, original, original_size, scratch.get(), scratch_size, error);

  std::vector<Memory> more;
  std::vector<Worker> workers = {{scratch.get()}};
  for (uint32_t i = 1; i < useful; i++) {
    more.push_back(Allocate(scratch_size));
    workers.push_back({more.back().get()});
  }
  Work work = {file, original, original_size};
  std::vector<std::thread> running;
  running.reserve(useful - 1);
  try {
    for (uint32_t i = 1; i < useful; i++)
      running.emplace_back([&work, &workers, i] { work.Run(&workers[i]); });
  } catch (const std::system_error&) {
    // The system gives no more threads: those that run do all of it.
  }
  const bool whole = wfz_check_file(file, error);
  work.Run(&workers[0]);
  for (std::thread& thread : running) thread.join();
  if (!whole) return false;
  const Worker& first = *std::min_element(
      workers.begin(), workers.end(), [](const Worker& a, const Worker& b) { return a.failed < b.failed; });
  if (first.failed == UINT32_MAX) return wfz_apply_products(file, original, original_size, error);
  *error = first.error;
  return false;
}

}  // namespace weightfold
