// Plans made by hand, and memory that ends where a page begins that cannot be touched, so that a read too far
// crashes.
#pragma once
#include <sys/mman.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "kernels/test_support.h"
#include "plan/executor.h"

namespace weightfold {
namespace {

constexpr uint64_t kMaxBytes = 1 << 20;
[[maybe_unused]] int failures = 0, checks = 0;

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
  uint32_t BoolActivation(std::vector<int32_t> dims) {
    return Add(DataType::kBool, Location::kArena, dims, 0, -1, &arena_bytes_);
  }
  // The same stored as uint8.
  uint32_t UnsignedActivation(std::vector<int32_t> dims, int32_t zero_point = 0) {
    const uint32_t tensor = Activation(dims, zero_point + 128);
    tensors_[tensor].type = static_cast<uint32_t>(DataType::kUint8);
    return tensor;
  }
  void SetBorder(uint32_t tensor, PlanBorder border) {
    PlanTensor& t = tensors_[tensor];
    t.border = border;
    t.bytes *= static_cast<uint64_t>(t.dims[1] + border.top + border.bottom) *
               static_cast<uint64_t>(t.dims[2] + border.left + border.right);
    t.bytes /= static_cast<uint64_t>(t.dims[1]) * static_cast<uint64_t>(t.dims[2]);
    arena_bytes_ = t.offset + t.bytes > arena_bytes_ ? t.offset + t.bytes : arena_bytes_;
  }
  // An image that has the bytes of another tensor, which is as large as the border makes it.
  void PlaceOver(uint32_t tensor, uint32_t other, PlanBorder border) {
    SetBorder(tensor, border);
    tensors_[tensor].offset = tensors_[other].offset;
  }
  const PlanTensor& tensor(uint32_t index) const { return tensors_[index]; }
  uint32_t Codes(std::vector<int32_t> dims, int32_t zero_point = 0) {
    const uint32_t tensor = Add(DataType::kInt8, Location::kData, dims, zero_point, -1, &data_bytes_);
    Random random(tensor);
    data_.resize(data_bytes_);
    for (uint64_t i = tensors_[tensor].offset; i < data_bytes_; ++i) {
      data_[i] = static_cast<uint8_t>(random.Next() % 255 - 127);
    }
    return tensor;
  }
  // Any bytes: bools, of which those that are not 0 are true, or numbers of binary32.
  uint32_t Constants(DataType type, std::vector<int32_t> dims) {
    const uint32_t tensor = Add(type, Location::kData, dims, 0, -1, &data_bytes_);
    Random random(tensor);
    data_.resize(data_bytes_);
    for (uint64_t i = tensors_[tensor].offset; i < data_bytes_; ++i) {
      data_[i] = static_cast<uint8_t>(random.Next() % 256);
    }
    return tensor;
  }
  uint32_t Reals(std::vector<int32_t> dims) {
    return Add(DataType::kFloat32, Location::kArena, dims, 0, -1, &arena_bytes_);
  }
  // Starts as zeros. Must come before all constants.
  uint32_t State(std::vector<int32_t> dims, int64_t offset = -1) {
    const uint32_t tensor = Add(DataType::kInt8, Location::kState, dims, 0, offset, &data_bytes_);
    data_.resize(data_bytes_);
    return tensor;
  }
  uint32_t Integers(int32_t count, int32_t value) {
    return IntegerList(std::vector<int32_t>(static_cast<size_t>(count), value));
  }
  uint32_t IntegerList(const std::vector<int32_t>& values) {
    const int32_t count = static_cast<int32_t>(values.size());
    const uint32_t tensor = Add(DataType::kInt32, Location::kData, {count}, 0, -1, &data_bytes_);
    data_.resize(data_bytes_);
    std::memcpy(data_.data() + tensors_[tensor].offset, values.data(), 4 * values.size());
    return tensor;
  }
  uint32_t IntegerActivation(std::vector<int32_t> dims) {
    return Add(DataType::kInt32, Location::kArena, dims, 0, -1, &arena_bytes_);
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
    t.bytes = type == DataType::kInt8 || type == DataType::kBool ? 1 : 4;
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
  executor.Invoke({});
  arena->assign(executor.arena(), executor.arena() + executor.memory().arena_bytes);
  return true;
}

// The same plan with one to three words changed, behind its magic and version.
[[maybe_unused]] std::vector<uint8_t> Damaged(const std::vector<uint8_t>& plan, Random* random) {
  std::vector<uint8_t> damaged = plan;
  for (int32_t edits = random->Between(1, 3); edits > 0; --edits) {
    const size_t word = static_cast<size_t>(random->Between(2, static_cast<int32_t>(plan.size()) / 4 - 1));
    const int32_t extremes[] = {0, 1, -1, 127, -128, 4096, INT32_MAX, INT32_MIN, random->Between(0, 300)};
    std::memcpy(damaged.data() + 4 * word, &extremes[random->Between(0, 8)], 4);
  }
  return damaged;
}

const Isa& Scalar() {
  int count;
  return CompiledIsas(&count)[0];
}

[[maybe_unused]] void CheckRefused(const PlanBuilder& plan, const char* message) {
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

// How the tensors of an op may be stored: as they are; as uint8; as uint8 and with a border, both or the
// input.
enum Stored { kAsItIs, kUnsigned, kImages, kImageToVector };

// One op whose input is a constant, the last bytes of the plan: 64 × 17 = 17 × 64 of them, so that rows of 17
// end where the memory ends.
struct ConstantInput {
  const char* name;
  uint32_t kind;
  std::vector<int32_t> input, weights, output, parameters;
  Stored storage;
  std::vector<size_t> codes;  // which parameters are output codes
};

inline const std::vector<ConstantInput>& ConstantInputs() {
  static const std::vector<ConstantInput> cases = {
      {"conv",
       kConv,
       {1, 8, 8, 17},
       {5, 3, 3, 17},
       {1, 8, 8, 5},
       {1, 1, 1, 1, 1, 1, 1, -128, 127, 0},
       kImages,
       {7, 8}},
      {"pointwise conv",
       kConv,
       {1, 8, 8, 17},
       {5, 1, 1, 17},
       {1, 8, 8, 5},
       {1, 1, 1, 1, 0, 0, 1, -128, 127, 0},
       kImages,
       {7, 8}},
      {"depthwise",
       kDepthwise,
       {1, 8, 8, 17},
       {1, 3, 3, 17},
       {1, 8, 8, 17},
       {1, 1, 1, 1, 1, 1, 1, -128, 127, 0},
       kImages,
       {7, 8}},
      {"fully connected", kFullyConnected, {64, 17}, {5, 17}, {64, 5}, {-128, 127, 0}, kUnsigned, {0, 1}},
      {"average pool",
       kAveragePool,
       {1, 8, 8, 17},
       {},
       {1, 4, 4, 17},
       {2, 2, 2, 2, 0, 0, -128, 127},
       kImages,
       {6, 7}},
      {"max pool",
       kMaxPool,
       {1, 8, 8, 17},
       {},
       {1, 4, 4, 17},
       {2, 2, 2, 2, 0, 0, -128, 127},
       kImages,
       {6, 7}},
      {"mean", kMean, {1, 8, 8, 17}, {}, {1, 17}, {kHalf, 1}, kImageToVector, {}},
      {"add",
       kAdd,
       {1, 8, 8, 17},
       {},
       {1, 8, 8, 17},
       {20, kHalf, 0, kHalf, 0, kHalf, -18, -128, 127},
       kImages,
       {7, 8}},
      {"pad", kPad, {64, 17}, {}, {66, 18}, {0, 0, 0, 0, 1, 1, 0, 1, 5}, kUnsigned, {8}},
      {"pad an image", kPad, {1, 8, 8, 17}, {}, {2, 9, 11, 17}, {0, 1, 1, 0, 2, 1, 0, 0, 5}, kImages, {8}},
      {"copy an image", kCopy, {1, 8, 8, 17}, {}, {1, 8, 8, 17}, {}, kImages, {}},
      {"requantize an image",
       kRequantize,
       {1, 8, 8, 17},
       {},
       {1, 8, 8, 17},
       {kHalf, 0, -128, 127},
       kImages,
       {2, 3}},
      {"copy", kCopy, {64, 17}, {}, {17, 64}, {}, kUnsigned, {}},
      {"softmax", kSoftmax, {64, 17}, {}, {64, 17}, {kHalf, 23, -200}, kAsItIs, {}},
      {"requantize", kRequantize, {64, 17}, {}, {64, 17}, {kHalf, 0, -128, 127}, kUnsigned, {2, 3}},
      {"transpose", kTranspose, {64, 17}, {}, {17, 64}, {0, 1, 3, 2}, kAsItIs, {}},
  };
  return cases;
}

inline PlanBuilder PlanOf(const ConstantInput& c) {
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

}  // namespace
}  // namespace weightfold
