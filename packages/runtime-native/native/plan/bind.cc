#include "plan/bind.h"

namespace weightfold {

bool BindContext::ExpectCounts(uint32_t min_inputs, uint32_t outputs, uint32_t parameters) const {
  return ExpectRange("number of inputs", op().input_count, min_inputs, UINT32_MAX) &&
         ExpectEqual("number of outputs", op().output_count, outputs) &&
         ExpectEqual("number of parameters", op().parameter_count, parameters);
}

bool BindContext::ExpectThere(const char* what, uint32_t i, uint32_t reference) const {
  if (reference != kNoTensor) return true;
  return status_->Fail("plan: op %u (%s): %s %u is missing", op().source, name_, what, i);
}

bool BindContext::ExpectType(const char* what, uint32_t i, uint32_t reference, DataType type) const {
  const PlanTensor& t = plan_.tensors[reference];
  if (t.type == static_cast<uint32_t>(type)) return true;
  return status_->Fail("plan: op %u (%s): %s %u (tensor %u) has type %u, expected %u", op().source, name_,
                       what, i, reference, t.type, static_cast<uint32_t>(type));
}

bool BindContext::ExpectInput(uint32_t i) const {
  return ExpectThere("input", i, HasInput(i) ? Reference(i) : kNoTensor);
}

bool BindContext::ExpectInput(uint32_t i, DataType type) const {
  return ExpectInput(i) && ExpectType("input", i, Reference(i), type);
}

bool BindContext::ExpectConstant(uint32_t i, DataType type) const {
  if (!ExpectInput(i, type)) return false;
  if (IsAt(Input(i), Location::kData)) return true;
  return status_->Fail("plan: op %u (%s): input %u must be a constant", op().source, name_, i);
}

bool BindContext::ExpectState(uint32_t i, DataType type) const {
  if (!ExpectInput(i, type)) return false;
  if (IsAt(Input(i), Location::kState)) return true;
  return status_->Fail("plan: op %u (%s): input %u must be state", op().source, name_, i);
}

bool BindContext::ExpectOutput(uint32_t i) const {
  const bool listed = i < op().output_count;
  if (!ExpectThere("output", i, listed ? Reference(op().input_count + i) : kNoTensor)) return false;
  if (!IsAt(Output(i), Location::kData)) return true;
  return status_->Fail("plan: op %u (%s): output %u is a constant", op().source, name_, i);
}

bool BindContext::ExpectOutput(uint32_t i, DataType type) const {
  return ExpectOutput(i) && ExpectType("output", i, Reference(op().input_count + i), type);
}

bool BindContext::ExpectRange(const char* what, int64_t value, int64_t min, int64_t max) const {
  if (value >= min && value <= max) return true;
  return status_->Fail("plan: op %u (%s): %s is %lld, expected %lld to %lld", op().source, name_, what,
                       static_cast<long long>(value), static_cast<long long>(min),
                       static_cast<long long>(max));
}

bool BindContext::ExpectEqual(const char* what, int64_t value, int64_t expected) const {
  if (value == expected) return true;
  return status_->Fail("plan: op %u (%s): %s is %lld, expected %lld", op().source, name_, what,
                       static_cast<long long>(value), static_cast<long long>(expected));
}

void* BindContext::Allocate(size_t bytes) {
  void* memory = allocator_.allocate(allocator_.context, bytes);
  if (memory == nullptr) status_->Fail("op %u (%s): no memory for %zu bytes", op().source, name_, bytes);
  allocated_bytes_ += bytes;
  return memory;
}

bool BindContext::NeedScratch(size_t bytes) {
  if (bytes > max_bytes_) {
    return status_->Fail("plan: op %u (%s): needs %zu bytes of scratch, expected at most %llu", op().source,
                         name_, bytes, static_cast<unsigned long long>(max_bytes_));
  }
  if (bytes > scratch_bytes_) scratch_bytes_ = bytes;
  return true;
}

}  // namespace weightfold
