#include "runner/measure.h"

#include <sys/resource.h>
#include <unistd.h>

#include <cinttypes>
#include <cstdio>

namespace weightfold {
namespace {

uint64_t* Samples(uint64_t count, Status* status) {
  uint64_t* samples = static_cast<uint64_t*>(Allocate(nullptr, count * sizeof(uint64_t)));
  if (samples == nullptr) status->Fail("no memory for %" PRIu64 " samples", count);
  return samples;
}

void PrintList(const uint64_t* values, uint64_t count) {
  for (uint64_t i = 0; i < count; ++i) std::printf("%s%" PRIu64, i > 0 ? ", " : "[", values[i]);
  std::printf("]");
}

bool Flush(Status* status) { return std::fflush(stdout) == 0 || status->Fail("cannot write the samples"); }

uint64_t Nanoseconds(const timeval& time) {
  return (static_cast<uint64_t>(time.tv_sec) * 1000000u + static_cast<uint64_t>(time.tv_usec)) * 1000u;
}

rusage Usage() {
  rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return usage;
}

void PrintMemory(const MemoryUse& memory) {
  std::printf("\"arenaBytes\": %zu, \"packedBytes\": %zu, \"scratchBytes\": %zu, \"stateBytes\": %zu",
              memory.arena_bytes, memory.packed_bytes, memory.scratch_bytes, memory.state_bytes);
}

// Resident memory now, from the second figure of /proc/self/statm (proc(5)); 0 where there is none.
uint64_t ResidentBytes() {
  std::FILE* file = std::fopen("/proc/self/statm", "r");
  if (file == nullptr) return 0;
  uint64_t pages = 0;
  const bool ok = std::fscanf(file, "%*u %" SCNu64, &pages) == 1;
  std::fclose(file);
  return ok ? pages * static_cast<uint64_t>(sysconf(_SC_PAGESIZE)) : 0;
}

// Samples evenly spaced among all that come, however many: when there is no more room every other one goes,
// and from then on half as many are taken.
class EvenSamples {
 public:
  static constexpr uint64_t kMost = 2048;  // a multiple of 2, so that those that stay are evenly spaced

  explicit EvenSamples(uint64_t* room) : room_(room) {}
  void Add(uint64_t value) {
    if (seen_++ % stride_ != 0) return;
    if (size_ == kMost) {
      size_ /= 2;
      for (uint64_t i = 0; i < size_; ++i) room_[i] = room_[2 * i];
      stride_ *= 2;
    }
    room_[size_++] = value;
  }
  uint64_t seen() const { return seen_; }
  void Print() const { PrintList(room_, size_); }

 private:
  uint64_t* room_;
  uint64_t size_ = 0, seen_ = 0, stride_ = 1;
};

}  // namespace

bool Bench(Model* model, const Arguments& arguments, Status* status) {
  uint64_t* samples = Samples(arguments.runs, status);
  if (samples == nullptr) return false;
  const uint64_t first_ns = model->TimedInvoke();
  const uint64_t peak = static_cast<uint64_t>(Usage().ru_maxrss) * 1024;
  for (const uint64_t end = Now() + arguments.warm_ms * 1000000; Now() < end;) model->TimedInvoke();
  std::printf("{\"isa\": \"%s\", \"loadNs\": %" PRIu64 ", \"firstNs\": %" PRIu64
              ", \"peakRssBytes\": %" PRIu64 ", ",
              model->isa().name, model->load_ns(), first_ns, peak);
  PrintMemory(model->executor().memory());
  std::printf(", \"rounds\": [");
  for (uint64_t round = 0; round < arguments.rounds; ++round) {
    // Printed afterwards: writing to a terminal or pipe between runs would disturb them.
    for (uint64_t run = 0; run < arguments.runs; ++run) samples[run] = model->TimedInvoke(arguments.batch);
    if (round > 0) std::printf(", ");
    PrintList(samples, arguments.runs);
  }
  const rusage usage = Usage();
  std::printf("], \"cpuNs\": %" PRIu64 "}\n", Nanoseconds(usage.ru_utime) + Nanoseconds(usage.ru_stime));
  return Flush(status);
}

bool Profile(Model* model, const Arguments& arguments, Status* status) {
  const Executor& executor = model->executor();
  uint64_t* samples = Samples(executor.op_count() + 1, status);
  if (samples == nullptr) return false;
  std::printf("{\"isa\": \"%s\", ", model->isa().name);
  PrintMemory(executor.memory());
  std::printf(", \"kernels\": [");
  for (uint32_t i = 0; i < executor.op_count(); ++i)
    std::printf("%s\"%s\"", i > 0 ? ", " : "", executor.kernel(i));
  std::printf("], \"runs\": [");
  model->TimedOps(samples);  // the first run, that finds nothing in the caches
  for (uint64_t run = 0; run < arguments.runs; ++run) {
    model->TimedOps(samples);
    if (run > 0) std::printf(", ");
    PrintList(samples, executor.op_count());
  }
  std::printf("]}\n");
  return Flush(status);
}

bool Soak(Model* model, const Arguments& arguments, Status* status) {
  uint64_t* room = Samples(EvenSamples::kMost, status);
  if (room == nullptr) return false;
  const uint64_t window = arguments.ms * 1000000 / arguments.windows;
  const uint64_t length = window * arguments.windows;
  const uint64_t start = Now();
  for (uint64_t elapsed = 0; elapsed < length;) {
    // Windows keep to a grid: a run that outlasts its window takes the next one's place.
    const uint64_t end = window * (elapsed / window + 1);
    EvenSamples samples(room);
    uint64_t longest = 0;
    do {
      const uint64_t ns = model->TimedInvoke(arguments.batch);
      samples.Add(ns);
      if (ns > longest) longest = ns;
      elapsed = Now() - start;
    } while (elapsed < end);
    std::printf("{\"endNs\": %" PRIu64 ", \"samples\": %" PRIu64 ", \"maxNs\": %" PRIu64
                ", \"rssBytes\": %" PRIu64 ", \"kept\": ",
                elapsed, samples.seen(), longest, ResidentBytes());
    samples.Print();
    std::printf("}\n");
    if (!Flush(status)) return false;
  }
  return true;
}

}  // namespace weightfold
