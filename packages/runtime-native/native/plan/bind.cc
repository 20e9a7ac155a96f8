#include "plan/bind.h"

namespace weightfold {

bool BindContext::ExpectCounts(uint32_t min_inputs, uint32_t outputs, uint32_t parameters) const {
  return ExpectRange("number of inputs", op().input_count, min_inputs, UINT32_MAX) &&
         ExpectEqual("number of outputs", op().output_count, outputs) &&
         ExpectEqual("number of parameters", op().parameter_count, parameters);
}

uint32_t BindContext::OutputReference(uint32_t i) const {
  return i < op().output_count ? Reference(op().input_count + i) : kNoTensor;
}

bool BindContext::ExpectThere(const char* what, uint32_t i, uint32_t reference, Border border) const {
  if (reference == kNoTensor) {
    return status_->Fail("plan: op %u (%s): %s %u is missing", op().source, name_, what, i);
  }
  if (border == Border::kAllowed || !HasBorder(plan_.tensors[reference])) return true;
  return status_->Fail("plan: op %u (%s): %s %u (tensor %u) has a border, expected none", op().source, name_,
                       what, i, reference);
}

bool BindContext::ExpectType(const char* what, uint32_t i, uint32_t reference, DataType type) const {
  const PlanTensor& t = plan_.tensors[reference];
  if (t.type == static_cast<uint32_t>(type)) return true;
  return status_->Fail("plan: op %u (%s): %s %u (tensor %u) has type %u, expected %u", op().source, name_,
                       what, i, reference, t.type, static_cast<uint32_t>(type));
}

bool BindContext::ExpectWritable(uint32_t output) const {
  if (!IsAt(Output(output), Location::kData)) return true;
  return status_->Fail("plan: op %u (%s): output %u is a constant", op().source, name_, output);
}

bool BindContext::ExpectInput(uint32_t i) const {
  return ExpectThere("input", i, InputReference(i), Border::kNone);
}

bool BindContext::ExpectInput(uint32_t i, DataType type) const {
  return ExpectInput(i) && ExpectType("input", i, InputReference(i), type);
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
  return ExpectThere("output", i, OutputReference(i), Border::kNone) && ExpectWritable(i);
}

bool BindContext::ExpectOutput(uint32_t i, DataType type) const {
  return ExpectOutput(i) && ExpectType("output", i, OutputReference(i), type);
}

DataType BindContext::CodeType(uint32_t reference) const {
  const bool is_unsigned = reference != kNoTensor && FlipOf(plan_.tensors[reference]) != 0;
  return is_unsigned ? DataType::kUint8 : DataType::kInt8;
}

bool BindContext::ExpectInputCodes(uint32_t i, Border border) const {
  const uint32_t reference = InputReference(i);
  return ExpectThere("input", i, reference, border) && ExpectType("input", i, reference, CodeType(reference));
}

bool BindContext::ExpectOutputCodes(uint32_t i, Border border) const {
  const uint32_t reference = OutputReference(i);
  return ExpectThere("output", i, reference, border) &&
         ExpectType("output", i, reference, CodeType(reference)) && ExpectWritable(i);
}

bool BindContext::ExpectActivation(uint32_t first_parameter, int32_t* min, int32_t* max) const {
  const int32_t lowest = FlipOf(Output(0)) ? 0 : -128, highest = lowest + 255;
  *min = Parameter(first_parameter);
  *max = Parameter(first_parameter + 1);
  if (!ExpectRange("activation minimum", *min, lowest, highest) ||
      !ExpectRange("activation maximum", *max, *min, highest)) {
    return false;
  }
  *min -= lowest + 128;
  *max -= lowest + 128;
  return true;
}

bool BindContext::ExpectRange(const char* what, int64_t value, int64_t min, int64_t max) const {
  if (value >= min && value <= max) return true;
  return status_->Fail("plan: op %u (%s): %s is %lld, expected %lld to %lld", op().source, name_, what,
                       static_cast<long long>(value), static_cast<long long>(min),
                       static_cast<long long>(max));
}

bool BindContext::ExpectLimit(const char* what, int64_t value, int64_t most, const char* remedy) const {
  if (ExpectRange(what, value, 1, most)) return true;
  status_->hint = remedy;
  return false;
}

bool BindContext::ExpectEqual(const char* what, int64_t value, int64_t expected) const {
  if (value == expected) return true;
  return status_->Fail("plan: op %u (%s): %s is %lld, expected %lld", op().source, name_, what,
                       static_cast<long long>(value), static_cast<long long>(expected));
}

namespace {
// Ops may share weights, and pack them for each: a small plan could ask for any number of bytes. Of 37 real
// models none needs more than four times its file.
constexpr uint64_t kMostPackedBytes = 64 << 20, kMostPackedPerByte = 16;
}  // namespace

void* BindContext::Allocate(size_t bytes) {
  const uint64_t most = kMostPackedBytes + kMostPackedPerByte * plan_.header->total_bytes;
  if (bytes > most - allocated_bytes_) {
    status_->FailWithHint("many operators pack the same weights: the option isa: 'scalar' packs none",
                          "plan: op %u (%s): packed weights need more than %llu bytes", op().source, name_,
                          static_cast<unsigned long long>(most));
    return nullptr;
  }
  void* memory = allocator_.allocate(allocator_.context, bytes);
  if (memory == nullptr) status_->Fail("op %u (%s): no memory for %zu bytes", op().source, name_, bytes);
  allocated_bytes_ += bytes;
  return memory;
}

bool BindContext::NeedScratch(size_t bytes) {
  if (bytes > max_bytes_) {
    return status_->FailWithHint("pass a larger maxArenaBytes if you trust the model and have the memory",
                                 "plan: op %u (%s): needs %zu bytes of scratch, expected at most %llu",
                                 op().source, name_, bytes, static_cast<unsigned long long>(max_bytes_));
  }
  if (bytes > scratch_bytes_) scratch_bytes_ = bytes;
  return true;
}

}  // namespace weightfold
