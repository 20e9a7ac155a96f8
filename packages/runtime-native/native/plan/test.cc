// Plans made by hand: what ReadPlan, CheckDataflow and the Bind functions must refuse, and what kernels may
// read. Every block of memory ends where a page begins that cannot be touched, so that a read too far crashes
// here. Usage: test-plan [ROUNDS], damaged plans per op
#include <sys/mman.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "kernels/test_support.h"
#include "plan/executor.h"

using namespace weightfold;

namespace {

constexpr uint64_t kMaxBytes = 1 << 20;
int failures = 0, checks = 0;

void Check(bool ok, const std::string& what) {
  ++checks;
  if (ok) return;
  ++failures;
  std::printf("FAILED: %s\n", what.c_str());
}

// Blocks aligned to 64 bytes whose end, rounded up to 64, is the end of the last page that can be touched.
class GuardedMemory {
 public:
  GuardedMemory() = default;
  GuardedMemory(const GuardedMemory&) = delete;
  GuardedMemory& operator=(const GuardedMemory&) = delete;
  ~GuardedMemory() {
    for (const Mapping& m : mappings_) munmap(m.address, m.bytes);
  }
  void* Allocate(size_t bytes) {
    const size_t page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
    const size_t used = RoundUp(bytes, 64), usable = RoundUp(used, page);
    void* address = mmap(nullptr, usable + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (address == MAP_FAILED) return nullptr;
    mappings_.push_back({address, usable + page});
    uint8_t* end = static_cast<uint8_t*>(address) + usable;
    if (mprotect(end, page, PROT_NONE) != 0) return nullptr;
    return end - used;
  }
  Allocator allocator() {
    return {this,
            [](void* self, size_t bytes) { return static_cast<GuardedMemory*>(self)->Allocate(bytes); }};
  }

 private:
  struct Mapping {
    void* address;
    size_t bytes;
  };
  std::vector<Mapping> mappings_;
};

// A plan in parts; Encode puts them together as docs/design/plan.md describes.
class PlanBuilder {
 public:
  // Places in the arena follow one another unless `offset` is given.
  uint32_t Activation(std::vector<int32_t> dims, int32_t zero_point = 0, int64_t offset = -1) {
    return Add(DataType::kInt8, Location::kArena, dims, zero_point, offset, &arena_bytes_);
  }
  uint32_t Codes(std::vector<int32_t> dims, int32_t zero_point = 0) {
    const uint32_t tensor = Add(DataType::kInt8, Location::kData, dims, zero_point, -1, &data_bytes_);
    Random random(tensor);
    data_.resize(data_bytes_);
    for (uint64_t i = tensors_[tensor].offset; i < data_bytes_; ++i) {
      data_[i] = static_cast<uint8_t>(random.Next() % 255 - 127);
    }
    return tensor;
  }
  // Starts as zeros. Must come before all constants.
  uint32_t State(std::vector<int32_t> dims, int64_t offset = -1) {
    const uint32_t tensor = Add(DataType::kInt8, Location::kState, dims, 0, offset, &data_bytes_);
    data_.resize(data_bytes_);
    return tensor;
  }
  uint32_t Reals(std::vector<int32_t> dims) {
    return Add(DataType::kFloat32, Location::kArena, dims, 0, -1, &arena_bytes_);
  }
  uint32_t Integers(int32_t count, int32_t value) {
    const uint32_t tensor = Add(DataType::kInt32, Location::kData, {count}, 0, -1, &data_bytes_);
    data_.resize(data_bytes_);
    for (int32_t i = 0; i < count; ++i) {
      std::memcpy(data_.data() + tensors_[tensor].offset + 4 * i, &value, sizeof(value));
    }
    return tensor;
  }
  void Op(uint32_t kind, std::vector<uint32_t> inputs, uint32_t output, std::vector<int32_t> parameters) {
    ops_.push_back({kind, static_cast<uint32_t>(references_.size()), static_cast<uint32_t>(inputs.size()), 1,
                    static_cast<uint32_t>(parameters_.size()), static_cast<uint32_t>(parameters.size()),
                    static_cast<uint32_t>(ops_.size()), 0});
    references_.insert(references_.end(), inputs.begin(), inputs.end());
    references_.push_back(output);
    parameters_.insert(parameters_.end(), parameters.begin(), parameters.end());
  }
  std::vector<uint32_t> inputs, outputs;

  std::vector<uint8_t> Encode() const {
    std::vector<uint8_t> bytes(sizeof(PlanHeader));
    Append(&bytes, tensors_);
    Append(&bytes, ops_);
    Append(&bytes, references_);
    Append(&bytes, parameters_);
    Append(&bytes, inputs);
    Append(&bytes, outputs);
    bytes.resize(RoundUp(bytes.size(), 64));
    const PlanHeader header = {{'W', 'F', 'P', 'L'}, kPlanVersion,       Count(tensors_),
                               Count(ops_),          Count(references_), Count(parameters_),
                               Count(inputs),        Count(outputs),     arena_bytes_,
                               bytes.size(),         data_.size(),       bytes.size() + data_.size()};
    std::memcpy(bytes.data(), &header, sizeof(header));
    bytes.insert(bytes.end(), data_.begin(), data_.end());
    return bytes;
  }

 private:
  template <typename T>
  static uint32_t Count(const std::vector<T>& list) {
    return static_cast<uint32_t>(list.size());
  }
  template <typename T>
  static void Append(std::vector<uint8_t>* bytes, const std::vector<T>& list) {
    const uint8_t* from = reinterpret_cast<const uint8_t*>(list.data());
    bytes->insert(bytes->end(), from, from + list.size() * sizeof(T));
  }
  uint32_t Add(DataType type, Location location, const std::vector<int32_t>& dims, int32_t zero_point,
               int64_t offset, uint64_t* total) {
    PlanTensor t = {};
    t.type = static_cast<uint32_t>(type);
    t.location = static_cast<uint32_t>(location);
    t.rank = static_cast<uint32_t>(dims.size());
    t.bytes = type == DataType::kInt8 ? 1 : 4;
    for (size_t i = 0; i < dims.size(); ++i) {
      t.dims[i] = dims[i];
      t.bytes *= static_cast<uint64_t>(dims[i]);
    }
    t.offset = offset >= 0 ? static_cast<uint64_t>(offset) : RoundUp(*total, 64);
    t.zero_point = zero_point;
    if (t.offset + t.bytes > *total) *total = t.offset + t.bytes;
    tensors_.push_back(t);
    return Count(tensors_) - 1;
  }

  std::vector<PlanTensor> tensors_;
  std::vector<PlanOp> ops_;
  std::vector<uint32_t> references_;
  std::vector<int32_t> parameters_;
  std::vector<uint8_t> data_;
  uint64_t arena_bytes_ = 0, data_bytes_ = 0;
};

// Loads and runs. False with a message when the plan is refused; else the arena.
bool LoadAndRun(const std::vector<uint8_t>& plan, const Isa& isa, std::vector<uint8_t>* arena,
                Status* status) {
  GuardedMemory memory;
  Executor executor;
  // Exactly the plan's bytes: what kernels read behind them is the executor's business.
  uint8_t* bytes = static_cast<uint8_t*>(memory.Allocate(plan.size()));
  std::memcpy(bytes, plan.data(), plan.size());
  if (!executor.Load(bytes, plan.size(), {isa.features, kMaxBytes, 1}, memory.allocator(), status))
    return false;
  executor.Invoke();
  arena->assign(executor.arena(), executor.arena() + executor.memory().arena_bytes);
  return true;
}

const Isa& Scalar() {
  int count;
  return CompiledIsas(&count)[0];
}

void CheckRefused(const PlanBuilder& plan, const char* message) {
  std::vector<uint8_t> arena;
  Status status;
  const bool accepted = LoadAndRun(plan.Encode(), Scalar(), &arena, &status);
  Check(!accepted && std::strstr(status.message, message) != nullptr,
        std::string("expected “") + message + "” but received “" +
            (accepted ? "(accepted)" : status.message) + "”");
}

constexpr uint32_t kConv = 1, kDepthwise = 2, kFullyConnected = 3, kAveragePool = 4, kMaxPool = 5, kMean = 6,
                   kAdd = 7, kPad = 8, kCopy = 9, kSoftmax = 10, kRequantize = 11, kTranspose = 12,
                   kQuantize = 13, kDequantize = 14;
constexpr int32_t kHalf = 1 << 30;  // multiplier 1/2

// One op whose input is a constant, the last bytes of the plan: 64 × 17 = 17 × 64 of them, so that rows of 17
// end where the memory ends.
struct ConstantInput {
  const char* name;
  uint32_t kind;
  std::vector<int32_t> input, weights, output, parameters;
};

const std::vector<ConstantInput>& ConstantInputs() {
  static const std::vector<ConstantInput> cases = {
      {"conv", kConv, {1, 8, 8, 17}, {5, 3, 3, 17}, {1, 8, 8, 5}, {1, 1, 1, 1, 1, 1, 1, -128, 127, 0}},
      {"pointwise conv",
       kConv,
       {1, 8, 8, 17},
       {5, 1, 1, 17},
       {1, 8, 8, 5},
       {1, 1, 1, 1, 0, 0, 1, -128, 127, 0}},
      {"depthwise",
       kDepthwise,
       {1, 8, 8, 17},
       {1, 3, 3, 17},
       {1, 8, 8, 17},
       {1, 1, 1, 1, 1, 1, 1, -128, 127, 0}},
      {"fully connected", kFullyConnected, {64, 17}, {5, 17}, {64, 5}, {-128, 127, 0}},
      {"average pool", kAveragePool, {1, 8, 8, 17}, {}, {1, 4, 4, 17}, {2, 2, 2, 2, 0, 0, -128, 127}},
      {"max pool", kMaxPool, {1, 8, 8, 17}, {}, {1, 4, 4, 17}, {2, 2, 2, 2, 0, 0, -128, 127}},
      {"mean", kMean, {1, 8, 8, 17}, {}, {1, 17}, {kHalf, 1}},
      {"add", kAdd, {64, 17}, {}, {64, 17}, {20, kHalf, 0, kHalf, 0, kHalf, -18, -128, 127}},
      {"pad", kPad, {64, 17}, {}, {66, 18}, {0, 0, 0, 0, 1, 1, 0, 1, 5}},
      {"copy", kCopy, {64, 17}, {}, {17, 64}, {}},
      {"softmax", kSoftmax, {64, 17}, {}, {64, 17}, {kHalf, 23, -200}},
      {"requantize", kRequantize, {64, 17}, {}, {64, 17}, {kHalf, 0, -128, 127}},
      {"transpose", kTranspose, {64, 17}, {}, {17, 64}, {0, 1, 3, 2}},
  };
  return cases;
}

PlanBuilder PlanOf(const ConstantInput& c) {
  PlanBuilder plan;
  std::vector<uint32_t> inputs(1);
  if (!c.weights.empty()) {
    const int32_t channels = c.output.back();
    inputs.push_back(plan.Codes(c.weights));
    inputs.push_back(plan.Integers(channels, 1000));
    inputs.push_back(plan.Integers(channels, kHalf + 12345));
    inputs.push_back(plan.Integers(channels, -9));
  }
  if (c.kind == kAdd) inputs.push_back(plan.Codes(c.input));
  inputs[0] = plan.Codes(c.input, 3);
  plan.outputs = {plan.Activation(c.output)};
  plan.Op(c.kind, inputs, plan.outputs[0], c.parameters);
  return plan;
}

void TestConstantInputs() {
  int isas;
  const Isa* list = CompiledIsas(&isas);
  for (const ConstantInput& c : ConstantInputs()) {
    const std::vector<uint8_t> plan = PlanOf(c).Encode();
    Check(plan.size() % 64 == 0, std::string(c.name) + ": the plan ends where its memory ends");
    std::vector<uint8_t> expected, arena;
    for (int i = 0; i < isas; ++i) {
      if ((list[i].features & ~CpuFeatures()) != 0) continue;
      Status status;
      const bool ran = LoadAndRun(plan, list[i], i == 0 ? &expected : &arena, &status);
      Check(ran && (i == 0 || arena == expected),
            std::string(c.name) + " of a constant, " + list[i].name + ": " + status.message);
    }
  }
}

// x → RELU → a → RELU → y, with the tensors of the two ops as given.
PlanBuilder Chain(std::vector<uint32_t> first, std::vector<uint32_t> second, int64_t middle = 64,
                  int64_t last = 128) {
  PlanBuilder plan;
  plan.inputs = {plan.Activation({16}, 0, 0)};
  plan.Activation({16}, 0, middle);
  plan.outputs = {plan.Activation({16}, 0, last)};
  for (const std::vector<uint32_t>& op : {first, second})
    plan.Op(kRequantize, {op[0]}, op[1], {kHalf, 0, -128, 127});
  return plan;
}

void TestDataflow() {
  std::vector<uint8_t> arena;
  Status status;
  Check(LoadAndRun(Chain({0, 1}, {1, 2}).Encode(), Scalar(), &arena, &status), "a chain runs");
  Check(LoadAndRun(Chain({0, 1}, {1, 2}, 64, 0).Encode(), Scalar(), &arena, &status),
        "a chain whose output takes the place of its input runs");
  CheckRefused(Chain({1, 2}, {0, 1}), "op 0 reads what nothing before it wrote: tensor 1");
  CheckRefused(Chain({0, 1}, {0, 1}), "output 0 (tensor 2) does not stand in the arena");
  CheckRefused(Chain({0, 1}, {1, 2}, 8), "op 0 writes over its own input: tensor 0");
  CheckRefused(Chain({0, 2}, {0, 1}, 120), "output 0 (tensor 2) does not stand");
  PlanBuilder overlapping = Chain({0, 1}, {1, 2});
  overlapping.inputs.push_back(overlapping.Activation({16}, 0, 8));
  CheckRefused(overlapping, "input 0 overlaps another");
}

// y = x + state; state = y.
PlanBuilder Accumulator(int64_t second_state = -1) {
  PlanBuilder plan;
  plan.inputs = {plan.Activation({16})};
  const uint32_t state = plan.State({16});
  if (second_state >= 0) plan.State({16}, second_state);
  plan.outputs = {plan.Activation({16})};
  plan.Op(kAdd, {plan.inputs[0], state}, plan.outputs[0], {20, kHalf, 1, kHalf, 1, kHalf, -19, -128, 127});
  plan.Op(kCopy, {plan.outputs[0]}, state, {});
  return plan;
}

void TestState() {
  const std::vector<uint8_t> plan = Accumulator().Encode();
  GuardedMemory memory;
  Executor executor;
  Status status;
  Check(executor.Load(plan.data(), plan.size(), {Scalar().features, kMaxBytes, 1}, memory.allocator(), &status),
        std::string("state: ") + status.message);
  const uint8_t* y = executor.arena() + executor.plan().tensors[2].offset;
  for (int expected : {1, 2, 3, 1, 2}) {
    if (expected == 1) executor.Reset();
    std::memset(executor.arena(), 1, 16);
    executor.Invoke();
    Check(y[0] == expected && y[15] == expected, "state keeps its value until it is reset");
  }
  std::vector<uint8_t> arena;
  Check(LoadAndRun(Accumulator(0).Encode(), Scalar(), &arena, &status), "two names of one state");
  CheckRefused(Accumulator(8), "state tensor 1 overlaps another");
  PlanBuilder output = Accumulator();
  output.outputs = {1};
  CheckRefused(output, "output 0 does not stand in the arena");
  std::vector<uint8_t> outside = plan;
  const uint64_t offset = 64;  // behind the data
  std::memcpy(outside.data() + sizeof(PlanHeader) + sizeof(PlanTensor) + 8, &offset, sizeof(offset));
  Check(
      !LoadAndRun(outside, Scalar(), &arena, &status) && std::strstr(status.message, "tensor 1 at offset 64"),
      std::string("state outside: ") + status.message);
}

// float → codes → float.
PlanBuilder Ends(int32_t scale_bits, int32_t zero_point, bool codes_in) {
  PlanBuilder plan;
  plan.inputs = {codes_in ? plan.Activation({32}) : plan.Reals({32})};
  const uint32_t codes = plan.Activation({32}, zero_point);
  plan.outputs = {plan.Reals({32})};
  plan.Op(kQuantize, {0}, codes, {scale_bits});
  plan.Op(kDequantize, {codes}, plan.outputs[0], {scale_bits});
  return plan;
}

void TestFloatEnds() {
  constexpr int32_t kOne = 0x3f800000, kInfinity = 0x7f800000;
  std::vector<uint8_t> arena;
  Status status;
  Check(LoadAndRun(Ends(kOne, -128, false).Encode(), Scalar(), &arena, &status),
        std::string("float ends: ") + status.message);
  CheckRefused(Ends(kOne, 0, true), "has type 0, expected 4");
  for (int32_t bits : {0, kInfinity, INT32_MIN}) CheckRefused(Ends(bits, 0, false), "bits of the scale is");
  CheckRefused(Ends(kOne, 128, false), "zero point is 128");
}

void TestLimits() {
  PlanBuilder arena = Chain({0, 1}, {1, 2});
  arena.Activation({1 << 20});
  CheckRefused(arena, "expected at most 1048576");
  PlanBuilder tensor = Chain({0, 1}, {1, 2});
  tensor.Activation({1 << 16, 1 << 15}, 0, 0);
  CheckRefused(tensor, "larger than 1 GiB");
  // A kernel of 3 × 3 with a dilation of 1,000 sees a padded image of 2,001 × 2,001.
  PlanBuilder scratch;
  scratch.inputs = {scratch.Activation({1, 1, 1, 1})};
  scratch.outputs = {scratch.Activation({1, 1, 1, 1})};
  const uint32_t weights = scratch.Codes({1, 3, 3, 1});
  const uint32_t one = scratch.Integers(1, 0);
  scratch.Op(kConv, {0, weights, kNoTensor, one, one}, 1, {1, 1, 1000, 1000, 1000, 1000, 1, -128, 127, 0});
  int isas;
  const Isa* list = CompiledIsas(&isas);
  for (int i = 1; i < isas; ++i) {
    if ((list[i].features & ~CpuFeatures()) != 0) continue;
    std::vector<uint8_t> bytes;
    Status status;
    Check(!LoadAndRun(scratch.Encode(), list[i], &bytes, &status) &&
              std::strstr(status.message, "bytes of scratch") != nullptr,
          std::string("scratch: ") + list[i].name + ": " + status.message);
  }
}

// Values at the ends of their ranges: a sanitizer sees arithmetic that overflows.
void TestExtremes() {
  PlanBuilder outside;  // the last windows begin far behind the image
  outside.inputs = {outside.Activation({1, 1, 1, 1})};
  outside.outputs = {outside.Activation({1, 1000, 1000, 1})};
  outside.Op(kAveragePool, {0}, 1, {2048, 4096, 4096, 4096, 0, 0, -128, 127});
  PlanBuilder
      mean;  // sums of -254 × 2^12, shifted left by 30 - 12 places: -2^31, and the zero point goes below
  mean.inputs = {mean.Activation({1, 64, 64, 2}, 254)};
  mean.outputs = {mean.Activation({2}, -128)};
  mean.Op(kMean, {0}, 1, {INT32_MAX, 30});
  for (const PlanBuilder* plan : {&outside, &mean}) {
    std::vector<uint8_t> arena;
    Status status;
    Check(LoadAndRun(plan->Encode(), Scalar(), &arena, &status), std::string("extremes: ") + status.message);
  }
  PlanBuilder pool;
  pool.inputs = {pool.Activation({1, 1, 1, 1})};
  pool.outputs = {pool.Activation({1, 1, 1, 1})};
  pool.Op(kAveragePool, {0}, 1, {4096, 4096, 1, 1, 0, 0, -128, 127});
  CheckRefused(pool, "filter elements is 16777216");
  PlanBuilder softmax;
  softmax.inputs = {softmax.Activation({16})};
  softmax.outputs = {softmax.Activation({16})};
  softmax.Op(kSoftmax, {0}, 1, {INT32_MAX, 30, -200});
  CheckRefused(softmax, "largest difference, shifted");
}

// Damaged plans either load and run or are refused with a sentence.
void TestMutations(int rounds) {
  Random random(7);
  int accepted = 0, refused = 0;
  for (const ConstantInput& c : ConstantInputs()) {
    const std::vector<uint8_t> plan = PlanOf(c).Encode();
    for (int round = 0; round < rounds; ++round) {
      std::vector<uint8_t> damaged = plan;
      for (int32_t edits = random.Between(1, 3); edits > 0; --edits) {
        const size_t word = static_cast<size_t>(random.Between(2, static_cast<int32_t>(plan.size()) / 4 - 1));
        const int32_t extremes[] = {0, 1, -1, 127, -128, 4096, INT32_MAX, INT32_MIN, random.Between(0, 300)};
        std::memcpy(damaged.data() + 4 * word, &extremes[random.Between(0, 8)], 4);
      }
      std::vector<uint8_t> arena;
      Status status;
      if (LoadAndRun(damaged, round % 2 ? *FindIsa(nullptr, CpuFeatures()) : Scalar(), &arena, &status)) {
        ++accepted;
      } else {
        ++refused;
        Check(status.message[0] != '\0', "a refusal has a sentence");
      }
    }
  }
  std::printf("%d damaged plans ran, %d were refused\n", accepted, refused);
  Check(accepted > 100 && refused > 100, "mutations reach both outcomes");
}

}  // namespace

int main(int count, char** arguments) {
  TestConstantInputs();
  TestDataflow();
  TestState();
  TestFloatEnds();
  TestLimits();
  TestExtremes();
  TestMutations(count > 1 ? std::atoi(arguments[1]) : 400);
  std::printf("%d checks, %d failed\n", checks, failures);
  return failures == 0 ? 0 : 1;
}
