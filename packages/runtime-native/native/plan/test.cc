// What ReadPlan, CheckDataflow and the Bind functions must refuse, and what kernels may read. hostile_test.cc
// tries damaged plans at random.
#include "plan/test_support.h"

using namespace weightfold;

namespace {

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
  CheckRefused(Ends(kOne, 128, false), "has zero point 128, expected -128 to 127");
}

void TestLimits() {
  PlanBuilder arena = Chain({0, 1}, {1, 2});
  arena.Activation({1 << 20});
  CheckRefused(arena, "expected at most 1048576");
  PlanBuilder tensor = Chain({0, 1}, {1, 2});
  tensor.Activation({1 << 16, 1 << 15}, 0, 0);
  CheckRefused(tensor, "larger than 1 GiB");
  // An op that takes the references of the other, too.
  std::vector<uint8_t> shared = Chain({0, 1}, {1, 2}).Encode(), ran;
  const PlanHeader& header = *reinterpret_cast<const PlanHeader*>(shared.data());
  PlanOp* ops = reinterpret_cast<PlanOp*>(shared.data() + sizeof(PlanHeader) +
                                          sizeof(PlanTensor) * header.tensor_count);
  ops[0].input_count = header.reference_count - 1;
  Status refusal;
  Check(!LoadAndRun(shared, Scalar(), &ran, &refusal) &&
            std::strstr(refusal.message, "references together, the table") != nullptr,
        std::string("shared references: ") + refusal.message);
  // Ops that pack the same weights: 512 times 256 KiB.
  PlanBuilder packs;
  packs.inputs = {packs.Activation({512})};
  packs.outputs = {packs.Activation({512})};
  const uint32_t matrix = packs.Codes({512, 512}), zeros = packs.Integers(512, 0);
  for (int i = 0; i < 512; ++i)
    packs.Op(kFullyConnected, {0, matrix, kNoTensor, zeros, zeros}, 1, {-128, 127, 0});
  const Isa& best = *FindIsa(nullptr, CpuFeatures());
  Check(best.features == 0 || (!LoadAndRun(packs.Encode(), best, &ran, &refusal) &&
                               std::strstr(refusal.message, "packed weights need more than") != nullptr),
        std::string("packed weights: ") + refusal.message);
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
  mean.inputs = {mean.UnsignedActivation({1, 64, 64, 2}, 126)};
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

}  // namespace

int main() {
  TestConstantInputs();
  TestDataflow();
  TestFloatEnds();
  TestLimits();
  TestExtremes();
  std::printf("%d checks, %d failed\n", checks, failures);
  return failures == 0 ? 0 : 1;
}
