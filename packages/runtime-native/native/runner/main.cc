// Runs and times plans on a board without Node. docs/guide/boards.md describes the commands and what they
// print.
#include <sys/resource.h>
#include <time.h>

#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "base/cpu.h"
#include "base/numbers.h"
#include "plan/executor.h"
#include "threads/thread_pool.h"

namespace weightfold {
namespace {

constexpr uint64_t kMaxBytes = uint64_t{1} << 32;

struct Arguments {
  const char* command = nullptr;
  const char* plan = nullptr;
  const char* input = nullptr;
  const char* output = nullptr;
  const char* isa = nullptr;
  uint64_t threads = 1, rounds = 1, runs = 1, warm_ms = 0;
};

int Fail(int code, const char* message) {
  std::fprintf(stderr, "weightfold-runner: %s\n", message);
  return code;
}

bool ReadCount(const char* text, uint64_t* value) {
  char* end;
  *value = std::strtoull(text, &end, 10);
  return *text >= '0' && *text <= '9' && *end == 0 && *value <= 100000000;
}

bool ReadArguments(int count, char** words, Arguments* arguments) {
  if (count < 2) return false;
  arguments->command = words[1];
  for (int i = 2; i < count; i += 2) {
    if (i + 1 == count) return false;
    const char *name = words[i], *value = words[i + 1];
    const auto is = [name](const char* known) { return std::strcmp(name, known) == 0; };
    bool ok = true;
    if (is("--plan")) {
      arguments->plan = value;
    } else if (is("--input")) {
      arguments->input = value;
    } else if (is("--output")) {
      arguments->output = value;
    } else if (is("--isa")) {
      arguments->isa = value;
    } else if (is("--threads")) {
      const uint64_t& threads = arguments->threads;
      ok = ReadCount(value, &arguments->threads) && threads > 0 && threads <= kMaxThreads;
    } else if (is("--rounds")) {
      ok = ReadCount(value, &arguments->rounds) && arguments->rounds > 0;
    } else if (is("--runs")) {
      ok = ReadCount(value, &arguments->runs) && arguments->runs > 0;
    } else if (is("--warm-ms")) {
      ok = ReadCount(value, &arguments->warm_ms);
    } else {
      ok = false;
    }
    if (!ok) return false;
  }
  return true;
}

// All memory lives as long as the process.
void* Allocate(void*, size_t bytes) { return std::aligned_alloc(64, RoundUp(bytes == 0 ? 1 : bytes, 64)); }

uint8_t* ReadFile(const char* name, size_t* size) {
  std::FILE* file = std::fopen(name, "rb");
  if (file == nullptr) return nullptr;
  std::fseek(file, 0, SEEK_END);
  const long end = std::ftell(file);
  std::rewind(file);
  uint8_t* bytes = end < 0 ? nullptr : static_cast<uint8_t*>(Allocate(nullptr, static_cast<size_t>(end)));
  *size = static_cast<size_t>(end);
  const bool ok = bytes != nullptr && std::fread(bytes, 1, *size, file) == *size;
  std::fclose(file);
  return ok ? bytes : nullptr;
}

uint64_t Now() {
  timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return static_cast<uint64_t>(time.tv_sec) * 1000000000u + static_cast<uint64_t>(time.tv_nsec);
}

// A loaded plan with the bytes of its inputs, one after the other.
class Model {
 public:
  bool Load(const Arguments& arguments, Status* status) {
    isa_ = FindIsa(arguments.isa, CpuFeatures());
    if (isa_ == nullptr) return status->Fail("this CPU has no instruction set %s", arguments.isa);
    size_t plan_size, input_size;
    const uint8_t* plan = ReadFile(arguments.plan, &plan_size);
    if (plan == nullptr) return status->Fail("cannot read the plan %s", arguments.plan);
    input_ = ReadFile(arguments.input, &input_size);
    if (input_ == nullptr) return status->Fail("cannot read the input %s", arguments.input);
    const uint64_t start = Now();
    const uint32_t threads = static_cast<uint32_t>(arguments.threads);
    if (!pool_.Start(threads)) return status->Fail("the system gives no %u threads", threads);
    const LoadOptions options = {isa_->features, kMaxBytes, threads};
    if (!executor_.Load(plan, plan_size, options, {nullptr, Allocate}, status)) return false;
    load_ns_ = Now() - start;
    const PlanView& view = executor_.plan();
    size_t expected = 0;
    for (uint32_t i = 0; i < view.header->input_count; ++i) expected += view.tensors[view.inputs[i]].bytes;
    if (expected == input_size) return true;
    return status->Fail("%s: expected %zu bytes of input but received %zu", arguments.input, expected,
                        input_size);
  }

  // Activations may lie where an input was: it is written anew, outside of the time that is taken.
  uint64_t TimedInvoke() {
    WriteInputs();
    const uint64_t start = Now();
    executor_.Invoke(workers_);
    return Now() - start;
  }

#if defined(__aarch64__)
  // Hints that no CPU gives a meaning, around each op: a counting plugin of an emulator sees them
  // (counting/plugin.cc).
  void MarkedInvoke() {
    WriteInputs();
    for (uint32_t i = 0; i < executor_.op_count(); ++i) {
      __asm__ volatile("hint #0x7d" ::: "memory");
      executor_.RunOp(i, workers_);
      __asm__ volatile("hint #0x7e" ::: "memory");
    }
  }
#endif

  bool WriteOutputs(std::FILE* file) {
    const PlanView& view = executor_.plan();
    for (uint32_t i = 0; i < view.header->output_count; ++i) {
      const PlanTensor& tensor = view.tensors[view.outputs[i]];
      if (std::fwrite(executor_.arena() + tensor.offset, 1, tensor.bytes, file) != tensor.bytes) return false;
    }
    return std::fflush(file) == 0;
  }

  const Isa& isa() const { return *isa_; }
  uint64_t load_ns() const { return load_ns_; }
  const MemoryUse& memory() const { return executor_.memory(); }

 private:
  void WriteInputs() {
    const PlanView& view = executor_.plan();
    const uint8_t* from = input_;
    for (uint32_t i = 0; i < view.header->input_count; ++i) {
      const PlanTensor& tensor = view.tensors[view.inputs[i]];
      std::memcpy(executor_.arena() + tensor.offset, from, tensor.bytes);
      from += tensor.bytes;
    }
  }

  ThreadPool pool_;
  const Workers workers_ = {
      &pool_, [](void* pool, Workers::Task task, const void* context, uint32_t units, uint32_t parts) {
        static_cast<ThreadPool*>(pool)->Run(task, context, units, parts);
      }};
  Executor executor_;
  const Isa* isa_ = nullptr;
  const uint8_t* input_ = nullptr;
  uint64_t load_ns_ = 0;
};

int Info() {
  int count;
  const Isa* isas = CompiledIsas(&count);
  std::printf("{\"isas\": [");
  bool first = true;
  for (int i = 0; i < count; ++i) {
    if ((isas[i].features & ~CpuFeatures()) != 0) continue;
    std::printf("%s\"%s\"", first ? "" : ", ", isas[i].name);
    first = false;
  }
  std::printf("]}\n");
  return 0;
}

#if defined(__aarch64__)
int Mark(const Arguments& arguments) {
  Model model;
  Status status;
  if (!model.Load(arguments, &status)) return Fail(1, status.message);
  model.MarkedInvoke();
  return 0;
}
#endif

int Run(const Arguments& arguments) {
  Model model;
  Status status;
  if (!model.Load(arguments, &status)) return Fail(1, status.message);
  model.TimedInvoke();
  const bool to_stdout = arguments.output == nullptr;
  std::FILE* file = to_stdout ? stdout : std::fopen(arguments.output, "wb");
  if (file == nullptr || !model.WriteOutputs(file)) return Fail(1, "cannot write the outputs");
  return to_stdout || std::fclose(file) == 0 ? 0 : Fail(1, "cannot write the outputs");
}

int Bench(const Arguments& arguments) {
  Model model;
  Status status;
  if (!model.Load(arguments, &status)) return Fail(1, status.message);
  uint64_t* samples = static_cast<uint64_t*>(Allocate(nullptr, arguments.runs * sizeof(uint64_t)));
  if (samples == nullptr) return Fail(1, "no memory for the samples");
  const uint64_t first_ns = model.TimedInvoke();
  rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  const uint64_t peak = static_cast<uint64_t>(usage.ru_maxrss) * 1024;
  for (const uint64_t end = Now() + arguments.warm_ms * 1000000; Now() < end;) model.TimedInvoke();
  const MemoryUse& memory = model.memory();
  std::printf("{\"isa\": \"%s\", \"loadNs\": %" PRIu64 ", \"firstNs\": %" PRIu64
              ", \"peakRssBytes\": %" PRIu64
              ", \"arenaBytes\": %zu, \"packedBytes\": %zu, \"scratchBytes\": %zu, \"rounds\": [",
              model.isa().name, model.load_ns(), first_ns, peak, memory.arena_bytes, memory.packed_bytes,
              memory.scratch_bytes);
  for (uint64_t round = 0; round < arguments.rounds; ++round) {
    // Printed afterwards: writing to a terminal or pipe between runs would disturb them.
    for (uint64_t run = 0; run < arguments.runs; ++run) samples[run] = model.TimedInvoke();
    for (uint64_t run = 0; run < arguments.runs; ++run) {
      std::printf("%s%" PRIu64, run > 0 ? ", " : round > 0 ? "], [" : "[", samples[run]);
    }
  }
  std::printf("]]}\n");
  return std::fflush(stdout) == 0 ? 0 : Fail(1, "cannot write the samples");
}

}  // namespace
}  // namespace weightfold

int main(int count, char** words) {
  using namespace weightfold;
  Arguments arguments;
  const bool ok = ReadArguments(count, words, &arguments);
  const auto is = [&](const char* command) { return ok && std::strcmp(arguments.command, command) == 0; };
  if (is("info")) return Info();
  const bool has_files = ok && arguments.plan != nullptr && arguments.input != nullptr;
  if (has_files && is("run")) return Run(arguments);
  if (has_files && is("bench")) return Bench(arguments);
#if defined(__aarch64__)
  if (has_files && is("mark")) return Mark(arguments);
#endif
  return Fail(2,
              "expected info, run --plan P --input X [--output Y],\n"
              "bench --plan P --input X [--rounds N] [--runs N] [--warm-ms N],\n"
              "or, for Arm, mark --plan P --input X; all with [--threads N] [--isa NAME]");
}
