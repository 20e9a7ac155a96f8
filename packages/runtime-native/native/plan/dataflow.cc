#include "plan/dataflow.h"

#include <algorithm>

namespace weightfold {
namespace {

constexpr uint32_t kNothing = 0xffffffffu;  // no tensor stands there
constexpr uint32_t kMixed = 0xfffffffeu;    // several

// Which tensor was the last to write each stretch of memory, the arena and behind it the state: a segment
// tree over the places where tensors begin or end. A node's owner stands for all of its stretch, unless it is
// kMixed.
class Contents {
 public:
  bool Init(const PlanView& view, const Allocator& allocator) {
    tensors_ = view.tensors;
    arena_bytes_ = view.header->arena_bytes;
    const size_t most = 2 * static_cast<size_t>(view.header->tensor_count) + 1;
    bounds_ = static_cast<uint64_t*>(allocator.allocate(allocator.context, most * sizeof(uint64_t)));
    if (bounds_ == nullptr) return false;
    uint64_t* end = bounds_;
    *end++ = 0;
    for (uint32_t i = 0; i < view.header->tensor_count; ++i) {
      const PlanTensor& t = tensors_[i];
      if (IsAt(t, Location::kData)) continue;
      *end++ = Begin(t);
      *end++ = Begin(t) + t.bytes;
    }
    std::sort(bounds_, end);
    bound_count_ = static_cast<size_t>(std::unique(bounds_, end) - bounds_);
    while (leaves_ < bound_count_) leaves_ *= 2;
    owners_ = static_cast<uint32_t*>(allocator.allocate(allocator.context, 2 * leaves_ * sizeof(uint32_t)));
    if (owners_ == nullptr) return false;
    std::fill(owners_, owners_ + 2 * leaves_, kNothing);
    return true;
  }

  void Write(uint32_t tensor) {
    const PlanTensor& t = tensors_[tensor];
    Paint({1, 0, leaves_}, Index(Begin(t)), Index(Begin(t) + t.bytes), tensor);
  }

  // Whether a tensor of exactly these bytes was the last to write any of them.
  bool Holds(uint32_t tensor) const {
    const PlanTensor& t = tensors_[tensor];
    const uint32_t owner = Owner({1, 0, leaves_}, Index(Begin(t)), Index(Begin(t) + t.bytes));
    if (owner >= kMixed) return false;
    return Begin(tensors_[owner]) == Begin(t) && tensors_[owner].bytes == t.bytes;
  }

 private:
  struct Node {
    size_t index, begin, end;
    Node Left() const { return {2 * index, begin, (begin + end) / 2}; }
    Node Right() const { return {2 * index + 1, (begin + end) / 2, end}; }
  };

  uint64_t Begin(const PlanTensor& t) const {
    return t.offset + (IsAt(t, Location::kState) ? arena_bytes_ : 0);
  }

  size_t Index(uint64_t bound) const {
    return static_cast<size_t>(std::lower_bound(bounds_, bounds_ + bound_count_, bound) - bounds_);
  }

  void Paint(const Node& node, size_t begin, size_t end, uint32_t tensor) {
    if (end <= node.begin || node.end <= begin) return;
    uint32_t& owner = owners_[node.index];
    if (begin <= node.begin && node.end <= end) {
      owner = tensor;
      return;
    }
    uint32_t &left = owners_[2 * node.index], &right = owners_[2 * node.index + 1];
    if (owner != kMixed) left = right = owner;
    Paint(node.Left(), begin, end, tensor);
    Paint(node.Right(), begin, end, tensor);
    owner = left == right ? left : kMixed;
  }

  uint32_t Owner(const Node& node, size_t begin, size_t end) const {
    const uint32_t owner = owners_[node.index];
    if (owner != kMixed) return owner;
    const size_t middle = (node.begin + node.end) / 2;
    if (end <= middle) return Owner(node.Left(), begin, end);
    if (begin >= middle) return Owner(node.Right(), begin, end);
    const uint32_t left = Owner(node.Left(), begin, end);
    return left == Owner(node.Right(), begin, end) ? left : kMixed;
  }

  const PlanTensor* tensors_ = nullptr;
  uint64_t arena_bytes_ = 0;
  uint64_t* bounds_ = nullptr;
  size_t bound_count_ = 0, leaves_ = 1;
  uint32_t* owners_ = nullptr;
};

class Checker {
 public:
  Checker(const PlanView& view, Status* status) : view_(view), status_(status) {}

  bool Run(const Allocator& allocator) {
    if (!contents_.Init(view_, allocator)) return status_->Fail("no memory to check the plan");
    const PlanHeader& h = *view_.header;
    for (uint32_t i = 0; i < h.input_count; ++i) contents_.Write(view_.inputs[i]);
    for (uint32_t i = 0; i < h.input_count; ++i) {
      if (!contents_.Holds(view_.inputs[i])) return status_->Fail("plan: input %u overlaps another", i);
    }
    for (uint32_t i = 0; i < h.tensor_count; ++i) {
      if (IsAt(view_.tensors[i], Location::kState)) contents_.Write(i);
    }
    for (uint32_t i = 0; i < h.tensor_count; ++i) {
      if (!IsAt(view_.tensors[i], Location::kState) || contents_.Holds(i)) continue;
      return status_->Fail("plan: state tensor %u overlaps another", i);
    }
    for (uint32_t i = 0; i < h.op_count; ++i) {
      if (!CheckOp(view_.ops[i])) return false;
    }
    for (uint32_t i = 0; i < h.output_count; ++i) {
      if (!contents_.Holds(view_.outputs[i])) {
        return status_->Fail("plan: output %u (tensor %u) does not stand in the arena at the end", i,
                             view_.outputs[i]);
      }
    }
    return true;
  }

 private:
  bool CheckOp(const PlanOp& op) {
    const uint32_t* inputs = view_.references + op.first_reference;
    const uint32_t* outputs = inputs + op.input_count;
    if (!CheckAll(op, inputs, op.input_count, "reads what nothing before it wrote")) return false;
    for (uint32_t i = 0; i < op.output_count; ++i) {
      if (Checked(outputs[i])) contents_.Write(outputs[i]);
    }
    return CheckAll(op, inputs, op.input_count, "writes over its own input") &&
           CheckAll(op, outputs, op.output_count, "has outputs that overlap");
  }

  // Constants and absent inputs are always there.
  bool Checked(uint32_t reference) const {
    return reference != kNoTensor && !IsAt(view_.tensors[reference], Location::kData);
  }

  bool CheckAll(const PlanOp& op, const uint32_t* references, uint32_t count, const char* complaint) const {
    for (uint32_t i = 0; i < count; ++i) {
      if (!Checked(references[i]) || contents_.Holds(references[i])) continue;
      return status_->Fail("plan: op %u %s: tensor %u", op.source, complaint, references[i]);
    }
    return true;
  }

  const PlanView& view_;
  Status* status_;
  Contents contents_;
};

}  // namespace

bool CheckDataflow(const PlanView& view, const Allocator& allocator, Status* status) {
  return Checker(view, status).Run(allocator);
}

}  // namespace weightfold
