// Plans of one op for every kind from 20 on: they run, what does not fit is refused with a sentence, and
// damaged ones do one or the other. Usage: test-plan-operators [ROUNDS], damaged plans per op
#include "plan/test_support.h"

using namespace weightfold;

namespace {

constexpr uint32_t kTable = 20, kRearrange = 21, kConcatenation = 22, kSub = 23, kMul = 24, kDiv = 25,
                   kSquaredDifference = 26, kMaximum = 27, kMinimum = 28, kPrelu = 29, kReduce = 30,
                   kArgExtreme = 31, kTransposeConv = 32, kResizeBilinear = 33, kLogSoftmax = 34,
                   kL2Normalization = 35, kAddN = 36, kCumsum = 37, kCast = 38, kGather = 39, kCompare = 40,
                   kSelect = 41, kBatchMatmul = 42, kFloatUnary = 43, kFloatBinary = 44, kFloatSoftmax = 45,
                   kFloorDivision = 46;

constexpr int32_t kSix = 0x40c00000;  // the bits of 6 in binary32

// The op that a test makes hostile: its parameters, and the shapes of its first input and of its output.
struct Case {
  const char* name;
  uint32_t kind;
  std::vector<int32_t> input, output, parameters;
};

const Case kCases[] = {
    {"table", kTable, {1, 3, 5, 4}, {1, 3, 5, 4}, {}},
    {"rearrange", kRearrange, {3, 4, 5}, {4, 3, 5}, {0, 5, 7, 1, 1, 1, 1, 4, 3}},
    {"concatenation", kConcatenation, {2, 3}, {2, 6}, {2}},
    {"sub", kSub, {2, 3}, {2, 3}, {20, kHalf, 0, kHalf, 0, kHalf, -17, -128, 127}},
    {"mul", kMul, {2, 3}, {2, 3}, {kHalf, -6, -128, 127}},
    {"div", kDiv, {2, 3}, {2, 3}, {kHalf, 5, -128, 127}},
    {"squared difference",
     kSquaredDifference,
     {2, 3},
     {2, 3},
     {7, kHalf, 0, kHalf, 0, kHalf, -17, -128, 127}},
    {"maximum", kMaximum, {2, 3}, {2, 3}, {}},
    {"minimum", kMinimum, {2, 3}, {2, 3}, {}},
    {"prelu", kPrelu, {2, 3}, {2, 3}, {kHalf, 1, kHalf, -6}},
    {"reduce", kReduce, {2, 3, 4, 5}, {3, 5}, {0, 5, kHalf, 1}},
    {"arg extreme", kArgExtreme, {2, 3, 4}, {2, 4}, {1, 1}},
    {"transpose conv", kTransposeConv, {1, 3, 3, 4}, {1, 6, 6, 2}, {2, 2, 0, 0, -128, 127, 0}},
    {"resize bilinear", kResizeBilinear, {1, 2, 2, 3}, {1, 4, 3, 3}, {}},
    {"log softmax", kLogSoftmax, {3, 7}, {3, 7}, {kHalf, 23, kHalf, -22, -248}},
    {"l2 normalization", kL2Normalization, {3, 7}, {3, 7}, {}},
    {"add n", kAddN, {4, 6}, {4, 6}, {20, kHalf, 0, kHalf, -17}},
    {"cumsum", kCumsum, {2, 3, 4}, {2, 3, 4}, {20, kHalf, 0, kHalf, -17, 1, 1, 1}},
    {"cast", kCast, {4, 6}, {4, 6}, {4}},
    {"gather", kGather, {2, 5, 3}, {2, 4, 3}, {1, 2, 5, 4}},
    {"compare", kCompare, {2, 3}, {2, 3}, {2, kHalf, -4, kHalf, -5}},
    {"select", kSelect, {2, 3}, {2, 3}, {}},
    {"batch matmul", kBatchMatmul, {2, 3, 4}, {2, 3, 5}, {3, 5, 4, 0, 1, kHalf, -6}},
    {"float unary", kFloatUnary, {2, 3}, {2, 3}, {14, 0, kSix}},
    {"float binary", kFloatBinary, {2, 3}, {2, 3}, {0, 0, kSix}},
    {"float softmax", kFloatSoftmax, {2, 3}, {2, 3}, {kSix}},
    {"floor division", kFloorDivision, {2, 3}, {2, 3}, {1}},
};

// What an op reads besides its first input.
std::vector<uint32_t> MoreInputs(PlanBuilder* plan, const Case& c) {
  switch (c.kind) {
    case kTable:
      return {plan->Codes({256})};
    case kRearrange:
      return {plan->IntegerList({0, 0, 0, 0, 0, 5, 10, 15, 0, -1, 40})};
    case kTransposeConv:
      return {plan->Codes({2, 3, 3, 4}), kNoTensor, plan->Integers(2, kHalf), plan->Integers(2, -8)};
    case kResizeBilinear:
      return {plan->IntegerList({0, 0, 0, 0, 1, 512, 1, 1, 0, 1, 1, 512}),
              plan->IntegerList({0, 0, -300, 0, 1, 683, 1, 1, 341})};
    case kGather:
      return {plan->IntegerList({4, 0, -3, 100})};
    case kBatchMatmul:
      return {plan->Codes({2, 5, 4}), plan->IntegerList({0, 1}), plan->IntegerList({1, 0})};
    case kSelect:
      return {plan->Codes(c.input), plan->Codes(c.input)};
    case kFloatBinary:
      return {plan->Constants(DataType::kFloat32, c.input)};
    case kCompare:
    case kConcatenation:
    case kSub:
    case kMul:
    case kDiv:
    case kSquaredDifference:
    case kMaximum:
    case kMinimum:
    case kPrelu:
    case kAddN:
    case kFloorDivision:
      return {plan->Codes(c.input)};
    default:
      return {};
  }
}

// The first input is a constant: its last bytes are the plan's last.
PlanBuilder PlanOf(const Case& c) {
  PlanBuilder plan;
  std::vector<uint32_t> inputs = MoreInputs(&plan, c);
  const bool real = c.kind >= kFloatUnary && c.kind <= kFloatSoftmax;
  inputs.insert(inputs.begin(), real                ? plan.Constants(DataType::kFloat32, c.input)
                                : c.kind == kSelect ? plan.Constants(DataType::kBool, c.input)
                                                    : plan.Codes(c.input));
  const uint32_t output = c.kind == kArgExtreme     ? plan.IntegerActivation(c.output)
                          : c.kind == kCast || real ? plan.Reals(c.output)
                          : c.kind == kCompare      ? plan.BoolActivation(c.output)
                                                    : plan.Activation(c.output);
  plan.outputs = {output};
  plan.Op(c.kind, inputs, output, c.parameters);
  return plan;
}

void TestAllRun() {
  for (const Case& c : kCases) {
    std::vector<uint8_t> arena;
    Status status;
    const bool ran = LoadAndRun(PlanOf(c).Encode(), Scalar(), &arena, &status);
    Check(ran, std::string(c.name) + ": " + status.message);
  }
}

// One parameter or shape that does not fit.
void TestRefusals() {
  const auto with = [](uint32_t kind, size_t parameter, int32_t value) {
    Case changed = kCases[kind - kTable];
    changed.parameters[parameter] = value;
    return PlanOf(changed);
  };
  CheckRefused(with(kRearrange, 0, 6), "last element is 65, expected 0 to 59");
  CheckRefused(with(kRearrange, 2, 200), "fill is 200, expected -128 to 127");
  CheckRefused(with(kRearrange, 7, 5), "size of an axis is 3, expected 1 to 2");
  CheckRefused(with(kConcatenation, 0, 4), "elements beside whole rows is 2, expected 0");
  CheckRefused(with(kSub, 0, 23), "left shift is 23, expected 0 to 22");
  CheckRefused(with(kSub, 2, 1), "shift is 1, expected -31 to 0");
  CheckRefused(with(kMul, 1, 31), "shift is 31, expected -31 to 30");
  CheckRefused(with(kDiv, 2, -129), "activation minimum is -129");
  CheckRefused(with(kReduce, 0, 4), "operation is 4, expected 0 to 3");
  CheckRefused(with(kReduce, 1, 1), "output elements is 15, expected 60");
  CheckRefused(with(kArgExtreme, 0, 3), "axis is 3, expected 0 to 2");
  CheckRefused(with(kTransposeConv, 2, 3), "padding is 3, expected 0 to 2");
  CheckRefused(with(kLogSoftmax, 1, 30), "largest difference, shifted");
  CheckRefused(with(kCumsum, 7, 2), "reverse is 2, expected 0 to 1");
  CheckRefused(with(kCast, 0, 5), "type is 5, expected 0 to 4");
  CheckRefused(with(kGather, 2, 7), "input elements is 30, expected 28");
  CheckRefused(with(kCompare, 0, 6), "operation is 6, expected 0 to 5");
  CheckRefused(with(kCompare, 2, 1), "shift is 1, expected -31 to 0");
  CheckRefused(with(kBatchMatmul, 0, 4), "output elements is 30, expected 20");
  CheckRefused(with(kBatchMatmul, 2, 40000), "products in a sum is 40000, expected 1 to 33025");
  CheckRefused(with(kBatchMatmul, 3, 2), "transpose is 2, expected 0 to 1");
  CheckRefused(with(kFloatUnary, 0, 15), "operation is 15, expected 0 to 14");
  CheckRefused(with(kFloatBinary, 0, 9), "operation is 9, expected 0 to 8");
  CheckRefused(with(kFloorDivision, 0, 2), "operation is 2, expected 0 to 1");
  PlanBuilder missing;
  missing.outputs = {missing.Activation({2, 3, 5})};
  missing.Op(kBatchMatmul,
             {missing.Codes({2, 3, 4}), missing.Codes({2, 5, 4}), missing.IntegerList({0, 2}),
              missing.IntegerList({1, 0})},
             0, kCases[kBatchMatmul - kTable].parameters);
  CheckRefused(missing, "matrix of an input is 2, expected 0 to 1");
  PlanBuilder outside;
  outside.outputs = {outside.Activation({1, 4, 3, 3})};
  const uint32_t rows = outside.IntegerList({0, 0, 0, 0, 2, 512, 1, 1, 0, 1, 1, 512});
  const uint32_t columns = outside.IntegerList({0, 0, 0, 0, 1, 683, 1, 1, 341});
  outside.Op(kResizeBilinear, {outside.Codes({1, 2, 2, 3}), rows, columns}, 0, {});
  CheckRefused(outside, "second sample is 2, expected 0 to 1");
}

void TestMutations(int rounds) {
  Random random(11);
  int accepted = 0, refused = 0;
  for (const Case& c : kCases) {
    const std::vector<uint8_t> plan = PlanOf(c).Encode();
    for (int round = 0; round < rounds; ++round) {
      std::vector<uint8_t> arena;
      Status status;
      const bool ran = LoadAndRun(Damaged(plan, &random), Scalar(), &arena, &status);
      ++(ran ? accepted : refused);
      Check(ran || status.message[0] != '\0', "a refusal has a sentence");
    }
  }
  std::printf("%d damaged plans ran, %d were refused\n", accepted, refused);
  Check(accepted > 100 && refused > 100, "mutations reach both outcomes");
}

}  // namespace

int main(int count, char** arguments) {
  TestAllRun();
  TestRefusals();
  TestMutations(count > 1 ? std::atoi(arguments[1]) : 400);
  std::printf("%d checks, %d failed\n", checks, failures);
  return failures == 0 ? 0 : 1;
}
