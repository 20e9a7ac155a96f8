// How activations may be stored: as uint8, and with borders. The codes that come out must not depend on it.
#include <algorithm>
#include <utility>

#include "plan/test_support.h"

using namespace weightfold;

namespace {

// x → op → y, each as int8 without a border or as uint8 with one. Fills `image` with the real pixels of y, as
// int8; false with a message when the plan is refused.
struct Storage {
  bool is_unsigned;
  PlanBorder border;
};

bool RunStored(const ConstantInput& c, const Storage& in, const Storage& out, const Isa& isa,
               std::vector<uint8_t>* image, Status* status) {
  PlanBuilder plan;
  const auto activation = [&](const std::vector<int32_t>& dims, const Storage& storage, int32_t zero_point) {
    const uint32_t t =
        storage.is_unsigned ? plan.UnsignedActivation(dims, zero_point) : plan.Activation(dims, zero_point);
    if (storage.border.left != 0) plan.SetBorder(t, storage.border);
    return t;
  };
  const uint32_t source = plan.Codes(c.input, 3), x = activation(c.input, in, 3);
  const uint32_t y = activation(c.output, out, 0);
  plan.Op(kCopy, {source}, x, {});
  std::vector<uint32_t> inputs = {x};
  if (!c.weights.empty()) {
    const int32_t channels = c.output.back();
    inputs.push_back(plan.Codes(c.weights));
    inputs.push_back(plan.Integers(channels, 1000));
    inputs.push_back(plan.Integers(channels, kHalf + 12345));
    inputs.push_back(plan.Integers(channels, -9));
  }
  if (c.kind == kAdd) inputs.push_back(source);
  std::vector<int32_t> parameters = c.parameters;
  for (size_t i : c.codes) parameters[i] += out.is_unsigned ? 128 : 0;
  plan.Op(c.kind, inputs, y, parameters);
  const uint32_t end = plan.Activation(c.output);
  plan.outputs = {end};
  plan.Op(kCopy, {y}, end, {});
  std::vector<uint8_t> arena;
  if (!LoadAndRun(plan.Encode(), isa, &arena, status)) return false;
  const uint8_t* first = arena.data() + plan.tensor(end).offset;
  image->assign(first, first + plan.tensor(end).bytes);
  return true;
}

// Every op that takes them gives the same codes from and to uint8 and images with a border. What stands in
// these borders is not the zero point: they are too narrow on one side to replace the padding of windows.
void TestStorage() {
  const Storage plain = {false, {0, 0, 0, 0}}, other = {true, {0, 0, 0, 0}}, bordered = {true, {0, 2, 3, 0}};
  int isas;
  const Isa* list = CompiledIsas(&isas);
  for (const ConstantInput& c : ConstantInputs()) {
    if (c.storage == kAsItIs) continue;
    const bool image = c.storage == kImages || c.storage == kImageToVector;
    const Storage in = image ? bordered : other, out = c.storage == kImages ? bordered : other;
    std::vector<uint8_t> expected, codes;
    Status status;
    Check(RunStored(c, plain, plain, list[0], &expected, &status),
          std::string(c.name) + ": " + status.message);
    for (int i = 0; i < isas; ++i) {
      if ((list[i].features & ~CpuFeatures()) != 0) continue;
      for (const auto& pair :
           {std::make_pair(plain, out), std::make_pair(in, plain), std::make_pair(in, out)}) {
        Check(RunStored(c, pair.first, pair.second, list[i], &codes, &status) && codes == expected,
              std::string(c.name) + " stored otherwise, " + list[i].name + ": " + status.message);
      }
    }
  }
}

// A convolution whose padding is in memory: PAD writes the zero point around the image, and a second tensor
// of the same bytes is the image with its border.
void TestPaddingInMemory(const ConstantInput& c) {
  std::vector<uint8_t> expected, arena;
  Status status;
  Check(LoadAndRun(PlanOf(c).Encode(), Scalar(), &expected, &status), status.message);
  PlanBuilder plan;
  const uint32_t weights = plan.Codes(c.weights), bias = plan.Integers(c.output.back(), 1000),
                 multiplier = plan.Integers(c.output.back(), kHalf + 12345),
                 shift = plan.Integers(c.output.back(), -9), source = plan.Codes(c.input, 3);
  const uint32_t y = plan.Activation(c.output);
  const std::vector<int32_t> around = {c.input[0], c.input[1] + 3, c.input[2] + 4, c.input[3]};
  const uint32_t padded = plan.UnsignedActivation(around, 3), x = plan.UnsignedActivation(c.input, 3);
  plan.PlaceOver(x, padded, {1, 2, 3, 1});
  plan.Op(kPad, {source}, padded, {0, 0, 1, 2, 3, 1, 0, 0, 131});
  plan.Op(c.kind, {x, weights, bias, multiplier, shift}, y, c.parameters);
  plan.outputs = {y};
  int isas;
  const Isa* list = CompiledIsas(&isas);
  for (int i = 0; i < isas; ++i) {
    if ((list[i].features & ~CpuFeatures()) != 0) continue;
    const bool ran = LoadAndRun(plan.Encode(), list[i], &arena, &status);
    Check(ran && std::equal(expected.begin(), expected.end(), arena.begin()),
          std::string(c.name) + " with its padding in memory, " + list[i].name + ": " + status.message);
  }
}

// Any rank and type of element can be copied.
void TestCopies() {
  PlanBuilder plan;
  const uint32_t words = plan.Reals({2, 1, 3, 1, 5, 999}), codes = plan.Activation({1, 2, 3, 4, 5, 6});
  plan.inputs = {words, codes};
  plan.outputs = {plan.Reals({29970}), plan.UnsignedActivation({720})};
  plan.Op(kCopy, {words}, plan.outputs[0], {});
  plan.Op(kCopy, {codes}, plan.outputs[1], {});
  std::vector<uint8_t> arena;
  Status status;
  const bool ran = LoadAndRun(plan.Encode(), Scalar(), &arena, &status);
  const uint8_t* flipped = arena.data() + plan.tensor(plan.outputs[1]).offset;
  Check(ran && flipped[0] == 128 && flipped[719] == 128, std::string("copies: ") + status.message);
}

// A sum of images of which one has no first dimension and the other a border.
void TestRankOfBorderedSum() {
  PlanBuilder plan;
  const uint32_t x = plan.Codes({4, 5, 3}), bordered = plan.Activation({1, 4, 5, 3});
  plan.SetBorder(bordered, {1, 2, 3, 1});
  plan.outputs = {plan.Activation({4, 5, 3}), plan.Activation({4, 5, 3})};
  const std::vector<int32_t> parameters = {20, kHalf, 0, kHalf, 0, kHalf, -18, -128, 127};
  const uint32_t image = plan.Activation({1, 4, 5, 3});
  plan.Op(kCopy, {x}, image, {});
  plan.Op(kAdd, {image, x}, plan.outputs[0], parameters);
  plan.Op(kCopy, {image}, bordered, {});
  plan.Op(kAdd, {bordered, x}, plan.outputs[1], parameters);
  std::vector<uint8_t> arena;
  Status status;
  const bool ran = LoadAndRun(plan.Encode(), Scalar(), &arena, &status);
  Check(ran, status.message);
  if (!ran) return;
  const uint8_t* sums = arena.data() + plan.tensor(plan.outputs[0]).offset;
  Check(std::equal(sums, sums + 60, arena.data() + plan.tensor(plan.outputs[1]).offset),
        "a sum of images of different ranks, one with a border");
}

void TestBorders() {
  PlanBuilder vector;
  vector.inputs = {vector.Activation({4, 4, 1})};
  vector.SetBorder(0, {1, 1, 1, 1});
  CheckRefused(vector, "only 8-bit activations of rank 4");
  PlanBuilder input;
  input.inputs = {input.Activation({1, 2, 2, 1})};
  input.outputs = {input.Activation({1, 2, 2, 1})};
  input.SetBorder(0, {1, 0, 0, 0});
  input.Op(kCopy, {0}, 1, {});
  CheckRefused(input, "input 0 has a border");
  PlanBuilder dense;
  dense.inputs = {dense.Activation({1, 2, 2, 1})};
  const uint32_t middle = dense.Activation({1, 2, 2, 1});
  dense.SetBorder(middle, {0, 0, 0, 65535});
  dense.outputs = {dense.Activation({4})};
  dense.Op(kCopy, {0}, middle, {});
  dense.Op(kSoftmax, {middle}, dense.outputs[0], {kHalf, 23, -200});
  CheckRefused(dense, "input 0 (tensor 1) has a border, expected none");
  PlanBuilder reshaped = dense;
  reshaped.Op(kCopy, {middle}, dense.outputs[0], {});
  CheckRefused(reshaped, "has a border, expected none");
}

}  // namespace

int main() {
  TestStorage();
  for (const ConstantInput& c : ConstantInputs()) {
    if (c.kind == kConv || c.kind == kDepthwise) TestPaddingInMemory(c);
  }
  TestCopies();
  TestRankOfBorderedSum();
  TestBorders();
  std::printf("%d checks, %d failed\n", checks, failures);
  return failures == 0 ? 0 : 1;
}
