#include "runner/model.h"

#include <time.h>

#include <cstdlib>
#include <cstring>

#include "base/numbers.h"

namespace weightfold {
namespace {

constexpr uint64_t kMaxBytes = uint64_t{1} << 32;

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

}  // namespace

uint64_t Now() {
  timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return static_cast<uint64_t>(time.tv_sec) * 1000000000u + static_cast<uint64_t>(time.tv_nsec);
}

void* Allocate(void*, size_t bytes) { return std::aligned_alloc(64, RoundUp(bytes == 0 ? 1 : bytes, 64)); }

bool Model::Load(const Arguments& arguments, Status* status) {
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

uint64_t Model::TimedInvoke(uint64_t batch) {
  WriteInputs();
  const uint64_t start = Now();
  executor_.Invoke(workers_);
  for (uint64_t run = 1; run < batch; ++run) {
    WriteInputs();
    executor_.Invoke(workers_);
  }
  return Now() - start;
}

void Model::TimedOps(uint64_t* nanoseconds) {
  WriteInputs();
  uint64_t before = Now();
  for (uint32_t i = 0; i < executor_.op_count(); ++i) {
    executor_.RunOp(i, workers_);
    const uint64_t after = Now();
    nanoseconds[i] = after - before;
    before = after;
  }
}

#if defined(WEIGHTFOLD_MARKERS)
void Model::MarkedInvoke() {
  WriteInputs();
  for (uint32_t i = 0; i < executor_.op_count(); ++i) {
    MarkBegin();
    executor_.RunOp(i, workers_);
    MarkEnd();
  }
}
#endif

bool Model::WriteOutputs(std::FILE* file) {
  const PlanView& view = executor_.plan();
  for (uint32_t i = 0; i < view.header->output_count; ++i) {
    const PlanTensor& tensor = view.tensors[view.outputs[i]];
    if (std::fwrite(executor_.arena() + tensor.offset, 1, tensor.bytes, file) != tensor.bytes) return false;
  }
  return std::fflush(file) == 0;
}

void Model::WriteInputs() {
  const PlanView& view = executor_.plan();
  const uint8_t* from = input_;
  for (uint32_t i = 0; i < view.header->input_count; ++i) {
    const PlanTensor& tensor = view.tensors[view.inputs[i]];
    std::memcpy(executor_.arena() + tensor.offset, from, tensor.bytes);
    from += tensor.bytes;
  }
}

}  // namespace weightfold
