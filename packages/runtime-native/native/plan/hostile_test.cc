// Damaged plans are refused with a sentence or run, and never read or write where they must not.
//   test-plan-hostile COUNT SEED FILE...  COUNT mutations of each plan in the files; COUNT 0: each plan as it
//   is. A
//                                         file holds plans, each behind its length in 8 bytes. Prints JSON.
//   test-plan-hostile COUNT SEED          the same with a plan for every kind of op
//   test-plan-hostile                     some of these, as a test
#include <chrono>
#include <fstream>
#include <iterator>

#include "plan/test_support.h"

using namespace weightfold;

namespace {

using Bytes = std::vector<uint8_t>;

// Blocks of exactly their bytes: AddressSanitizer sees every access behind them. Without it, pages do.
class HeapMemory {
 public:
  HeapMemory() = default;
  HeapMemory(const HeapMemory&) = delete;
  HeapMemory& operator=(const HeapMemory&) = delete;
  ~HeapMemory() {
    for (void* block : blocks_) std::free(block);
  }
  void* Allocate(size_t bytes) {
    void* block = nullptr;
    if (posix_memalign(&block, 64, bytes == 0 ? 1 : bytes) != 0) return nullptr;
    blocks_.push_back(block);
    return block;
  }
  Allocator allocator() {
    return {this, [](void* self, size_t bytes) { return static_cast<HeapMemory*>(self)->Allocate(bytes); }};
  }

 private:
  std::vector<void*> blocks_;
};

#if defined(__SANITIZE_ADDRESS__)
using Memory = HeapMemory;
#else
using Memory = GuardedMemory;
#endif

// Changes a plan's tables in ways that get past the first checks: what belongs together is changed together.
class Mutation {
 public:
  Mutation(Bytes* plan, uint64_t seed) : plan_(*plan), random_(seed) {}

  void Apply() {
    for (int32_t edits = random_.Between(1, 3); edits > 0; --edits) ApplyOne();
  }

 private:
  using Edit = void (Mutation::*)();

  PlanHeader& header() { return *reinterpret_cast<PlanHeader*>(plan_.data()); }
  PlanTensor* tensors() { return reinterpret_cast<PlanTensor*>(plan_.data() + sizeof(PlanHeader)); }
  PlanOp* ops() { return reinterpret_cast<PlanOp*>(tensors() + header().tensor_count); }
  uint32_t* references() { return reinterpret_cast<uint32_t*>(ops() + header().op_count); }
  uint32_t* parameters() { return references() + header().reference_count; }
  uint32_t* end() {
    return parameters() + header().parameter_count + header().input_count + header().output_count;
  }

  // The tables as earlier edits left them may lie outside of the plan.
  bool TablesAreInside() {
    const PlanHeader& h = header();
    const uint64_t bytes = sizeof(PlanHeader) + 64ull * h.tensor_count + 32ull * h.op_count +
                           4ull * h.reference_count + 4ull * h.parameter_count + 4ull * h.input_count +
                           4ull * h.output_count;
    return bytes <= plan_.size();
  }

  uint32_t Below(uint32_t n) { return n == 0 ? 0 : random_.Next() % n; }
  uint32_t Value() {
    const uint32_t extremes[] = {0, 1, 2, 3, 127, 0xffffff80u, 4096, 0x7fffffffu, 0x80000000u, 0xffffffffu};
    return random_.Between(0, 1) ? Below(300) : extremes[Below(10)];
  }

  void ApplyOne() {
    if (!TablesAreInside()) return SetByte();
    constexpr Edit kEdits[] = {&Mutation::SetByte,    &Mutation::SetWord,      &Mutation::SetReference,
                               &Mutation::SetKind,    &Mutation::SetParameter, &Mutation::SetParameter,
                               &Mutation::SetShape,   &Mutation::SetBorder,    &Mutation::SetPlace,
                               &Mutation::CopyTensor, &Mutation::SetType,      &Mutation::Cut};
    (this->*kEdits[Below(sizeof(kEdits) / sizeof(kEdits[0]))])();
  }

  void SetByte() { plan_[Below(static_cast<uint32_t>(plan_.size()))] = static_cast<uint8_t>(random_.Next()); }
  void SetWord() {
    const uint32_t words = static_cast<uint32_t>(end() - reinterpret_cast<uint32_t*>(plan_.data()));
    reinterpret_cast<uint32_t*>(plan_.data())[Below(words)] = Value();
  }
  void SetReference() {
    if (header().reference_count == 0) return;
    references()[Below(header().reference_count)] =
        Below(8) == 0 ? kNoTensor : Below(header().tensor_count + 1);
  }
  void SetKind() {
    if (header().op_count != 0) ops()[Below(header().op_count)].kind = Below(100);
  }
  void SetParameter() {
    if (header().parameter_count != 0) parameters()[Below(header().parameter_count)] = Value();
  }
  PlanTensor* AnyTensor() {
    return header().tensor_count == 0 ? nullptr : tensors() + Below(header().tensor_count);
  }
  void SetShape() {
    PlanTensor* t = AnyTensor();
    if (t == nullptr) return;
    if (Below(4) == 0) t->rank = Below(kMaxRank + 1);
    t->dims[Below(kMaxRank)] = static_cast<int32_t>(1 + Below(20));
    MakeRoom(t);
  }
  void SetBorder() {
    PlanTensor* t = AnyTensor();
    if (t == nullptr) return;
    const auto side = [this] { return static_cast<uint16_t>(Below(4)); };
    t->border = {side(), side(), side(), side()};
    MakeRoom(t);
  }
  void SetPlace() {
    PlanTensor* t = AnyTensor();
    if (t == nullptr) return;
    if (Below(4) == 0) t->location = Below(3);
    t->offset = Below(2) ? tensors()[Below(header().tensor_count)].offset : 4ull * Below(64);
  }
  void SetType() {
    PlanTensor* t = AnyTensor();
    if (t == nullptr) return;
    t->type = Below(5);
    t->zero_point = static_cast<int32_t>(Below(384)) - 128;
    MakeRoom(t);
  }
  void CopyTensor() {
    PlanTensor* t = AnyTensor();
    if (t != nullptr) *t = *AnyTensor();
  }
  // Bytes that fit the shape, and an arena that holds them.
  void MakeRoom(PlanTensor* t) {
    const uint64_t sizes[] = {1, 1, 2, 4, 4};
    uint64_t bytes = t->type < 5 ? sizes[t->type] : 1;
    const uint64_t around[kMaxRank] = {0, static_cast<uint64_t>(t->border.top) + t->border.bottom,
                                       static_cast<uint64_t>(t->border.left) + t->border.right};
    for (uint32_t i = 0; i < t->rank && i < kMaxRank; ++i)
      bytes *= static_cast<uint64_t>(t->dims[i]) + around[i];
    t->bytes = bytes;
    const bool in_arena = t->location == static_cast<uint32_t>(Location::kArena);
    if (in_arena && bytes < kMaxBytes && t->offset + bytes > header().arena_bytes)
      header().arena_bytes = t->offset + bytes;
  }
  void Cut() {
    const uint32_t data = static_cast<uint32_t>(header().data_bytes);
    const uint32_t cut = Below(data / 4 + 1);
    if (cut >= plan_.size() - sizeof(PlanHeader)) return;
    plan_.resize(plan_.size() - cut);
    header().data_bytes -= cut;
    header().total_bytes -= cut;
  }

  Bytes& plan_;
  Random random_;
};

struct Outcomes {
  int ran = 0, refused = 0;
  double slowest_ms = 0;
};

void Try(const Bytes& plan, const Isa& isa, uint64_t max_bytes, const std::string& label,
         Outcomes* outcomes) {
  const auto start = std::chrono::steady_clock::now();
  Memory memory;
  // As long as the plan and aligned like the addon's.
  uint8_t* bytes = static_cast<uint8_t*>(memory.Allocate(plan.size()));
  if (!plan.empty()) std::memcpy(bytes, plan.data(), plan.size());
  Executor executor;
  Status status;
  if (executor.Load(bytes, plan.size(), {isa.features, max_bytes, 1}, memory.allocator(), &status)) {
    executor.Invoke({});
    ++outcomes->ran;
  } else {
    ++outcomes->refused;
    Check(status.message[0] != '\0', label + ": a refusal has a sentence");
  }
  const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - start;
  if (took.count() > outcomes->slowest_ms) outcomes->slowest_ms = took.count();
}

void TryMutations(const Bytes& plan, int count, uint32_t seed, const std::string& name, Outcomes* outcomes) {
  const Isa isas[] = {Scalar(), *FindIsa(nullptr, CpuFeatures())};
  for (int i = 0; i < count; ++i) {
    Bytes damaged = plan;
    Mutation(&damaged, (static_cast<uint64_t>(seed) << 32) + static_cast<uint32_t>(i)).Apply();
    Try(damaged, isas[i % 2], kMaxBytes, name + ", case " + std::to_string(i), outcomes);
  }
}

std::vector<Bytes> ReadPlans(const char* path) {
  std::ifstream file(path, std::ios::binary);
  const Bytes all((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  std::vector<Bytes> plans;
  for (size_t at = 0; at + 8 <= all.size();) {
    uint64_t length;
    std::memcpy(&length, all.data() + at, 8);
    at += 8;
    if (length > all.size() - at) break;
    plans.emplace_back(all.begin() + static_cast<std::ptrdiff_t>(at),
                       all.begin() + static_cast<std::ptrdiff_t>(at + length));
    at += length;
  }
  Check(!plans.empty(), std::string(path) + " holds plans");
  return plans;
}

void PrintJson(const Outcomes& outcomes) {
  std::printf("{\"cases\": %d, \"ran\": %d, \"refused\": %d, \"slowestMs\": %.2f}\n",
              outcomes.ran + outcomes.refused, outcomes.ran, outcomes.refused, outcomes.slowest_ms);
}

void TryFile(const char* path, int count, uint32_t seed, Outcomes* outcomes) {
  int index = 0;
  for (const Bytes& plan : ReadPlans(path)) {
    const std::string name = std::string(path) + ", plan " + std::to_string(index++);
    if (count > 0) {
      TryMutations(plan, count, seed, name, outcomes);
    } else {
      Try(plan, index % 2 ? Scalar() : *FindIsa(nullptr, CpuFeatures()), 16 * kMaxBytes, name, outcomes);
    }
  }
}

void TryEveryKind(int count, uint32_t seed, Outcomes* outcomes) {
  for (const ConstantInput& c : ConstantInputs())
    TryMutations(PlanOf(c).Encode(), count, seed, c.name, outcomes);
}

}  // namespace

int main(int argument_count, char** arguments) {
  Outcomes outcomes;
  if (argument_count >= 3) {
    const int count = std::atoi(arguments[1]);
    const uint32_t seed = static_cast<uint32_t>(std::atoi(arguments[2]));
    if (argument_count == 3) TryEveryKind(count, seed, &outcomes);
    for (int i = 3; i < argument_count; ++i) TryFile(arguments[i], count, seed, &outcomes);
    PrintJson(outcomes);
  } else {
    TryEveryKind(400, 7, &outcomes);
    Check(outcomes.ran > 500 && outcomes.refused > 500, "mutations reach both outcomes");
    PrintJson(outcomes);
    std::printf("%d checks, %d failed\n", checks, failures);
  }
  return failures == 0 ? 0 : 1;
}
