#include "plan/plan.h"

#include <cstring>

namespace weightfold {
namespace {

// So that numbers of elements, and of bytes in 32-bit registers, stay below 2^31.
constexpr uint64_t kMaxTensorBytes = 1ull << 30;
constexpr uint32_t kMaxCount = 1u << 24;
constexpr int32_t kMaxDimension = 1 << 24;

uint64_t ElementBytes(uint32_t type) {
  switch (static_cast<DataType>(type)) {
    case DataType::kInt8:
    case DataType::kUint8:
    case DataType::kBool:
      return 1;
    case DataType::kInt16:
      return 2;
    case DataType::kInt32:
    case DataType::kFloat32:
      return 4;
    case DataType::kInt64:
      return 8;
  }
  return 0;
}

// Bytes of the shape and the border around it, or 0 after a message.
uint64_t StorageBytes(const PlanTensor& t, uint32_t index, Status* status) {
  const uint64_t around[kMaxRank] = {0, static_cast<uint64_t>(t.border.top) + t.border.bottom,
                                     static_cast<uint64_t>(t.border.left) + t.border.right};
  uint64_t bytes = ElementBytes(t.type);
  for (uint32_t i = 0; i < t.rank; ++i) {
    if (t.dims[i] < 1 || t.dims[i] > kMaxDimension) {
      status->Fail("plan: tensor %u has size %d in dimension %u", index, t.dims[i], i);
      return 0;
    }
    bytes *= static_cast<uint64_t>(t.dims[i]) + around[i];
    if (bytes > kMaxTensorBytes) {
      status->Fail("plan: tensor %u is larger than 1 GiB", index);
      return 0;
    }
  }
  return bytes;
}

// A code of the type; wider types have those of int16.
bool CheckZeroPoint(const PlanTensor& t, uint32_t index, Status* status) {
  const DataType type = static_cast<DataType>(t.type);
  const int32_t lowest = type == DataType::kUint8 ? 0 : type == DataType::kInt8 ? INT8_MIN : INT16_MIN;
  const int32_t highest = type == DataType::kUint8  ? UINT8_MAX
                          : type == DataType::kInt8 ? INT8_MAX
                                                    : INT16_MAX;
  if (t.zero_point >= lowest && t.zero_point <= highest) return true;
  return status->Fail("plan: tensor %u has zero point %d, expected %d to %d", index, t.zero_point, lowest,
                      highest);
}

bool CheckTensor(const PlanHeader& h, const PlanTensor& t, uint32_t index, Status* status) {
  const uint64_t element = ElementBytes(t.type);
  if (element == 0) return status->Fail("plan: tensor %u has unknown type %u", index, t.type);
  if (t.rank > kMaxRank)
    return status->Fail("plan: tensor %u has rank %u, at most %d is possible", index, t.rank, kMaxRank);
  const bool bordered = HasBorder(t);
  if (bordered && (t.rank != 4 || element != 1 || t.location != static_cast<uint32_t>(Location::kArena))) {
    return status->Fail("plan: tensor %u has a border, which only 8-bit activations of rank 4 can have",
                        index);
  }
  const uint64_t bytes = StorageBytes(t, index, status);
  if (bytes == 0) return false;
  if (bytes != t.bytes) {
    return status->Fail("plan: tensor %u has %llu bytes, its shape and border need %llu", index,
                        static_cast<unsigned long long>(t.bytes), static_cast<unsigned long long>(bytes));
  }
  if (t.location > static_cast<uint32_t>(Location::kState)) {
    return status->Fail("plan: tensor %u has unknown location %u", index, t.location);
  }
  const uint64_t room = IsAt(t, Location::kArena) ? h.arena_bytes : h.data_bytes;
  if (t.offset > room || t.bytes > room - t.offset || t.offset % element != 0) {
    return status->Fail(
        "plan: tensor %u at offset %llu with %llu bytes leaves its %llu bytes or is misaligned", index,
        static_cast<unsigned long long>(t.offset), static_cast<unsigned long long>(t.bytes),
        static_cast<unsigned long long>(room));
  }
  return CheckZeroPoint(t, index, status);
}

bool CheckOp(const PlanView& v, uint32_t index, Status* status) {
  const PlanOp& op = v.ops[index];
  const uint64_t references = static_cast<uint64_t>(op.input_count) + op.output_count;
  if (op.first_reference + references > v.header->reference_count) {
    return status->Fail("plan: op %u refers beyond the reference table", index);
  }
  if (static_cast<uint64_t>(op.first_parameter) + op.parameter_count > v.header->parameter_count) {
    return status->Fail("plan: op %u has parameters beyond their table", index);
  }
  return true;
}

bool CheckEndpoints(const PlanView& v, const uint32_t* indices, uint32_t count, const char* what,
                    Status* status) {
  for (uint32_t i = 0; i < count; ++i) {
    if (indices[i] >= v.header->tensor_count) {
      return status->Fail("plan: %s %u is tensor %u of %u", what, i, indices[i], v.header->tensor_count);
    }
    if (!IsAt(v.tensors[indices[i]], Location::kArena)) {
      return status->Fail("plan: %s %u does not stand in the arena", what, i);
    }
    if (HasBorder(v.tensors[indices[i]])) return status->Fail("plan: %s %u has a border", what, i);
  }
  return true;
}

bool CheckHeader(const PlanHeader& h, size_t size, Status* status) {
  if (std::memcmp(h.magic, "WFPL", 4) != 0) return status->Fail("plan: wrong magic, expected WFPL");
  if (h.version != kPlanVersion) {
    return status->Fail("plan: version %u, this runtime reads version %u", h.version, kPlanVersion);
  }
  if (h.total_bytes != size) {
    return status->Fail("plan: %llu bytes announced, %zu received",
                        static_cast<unsigned long long>(h.total_bytes), size);
  }
  const uint32_t counts[] = {h.tensor_count,    h.op_count,    h.reference_count,
                             h.parameter_count, h.input_count, h.output_count};
  for (uint32_t count : counts) {
    if (count > kMaxCount) return status->Fail("plan: a table of %u records is too long", count);
  }
  return true;
}

}  // namespace

bool ReadPlan(const uint8_t* bytes, size_t size, PlanView* view, Status* status) {
  if (size < sizeof(PlanHeader)) return status->Fail("plan: %zu bytes are too few for a header", size);
  const PlanHeader& h = *reinterpret_cast<const PlanHeader*>(bytes);
  if (!CheckHeader(h, size, status)) return false;
  uint64_t at = sizeof(PlanHeader);
  const auto table = [&](uint64_t count, uint64_t record) {
    const uint64_t start = at;
    at += count * record;
    return start;
  };
  const uint64_t tensors = table(h.tensor_count, sizeof(PlanTensor)), ops = table(h.op_count, sizeof(PlanOp));
  const uint64_t references = table(h.reference_count, 4), parameters = table(h.parameter_count, 4);
  const uint64_t inputs = table(h.input_count, 4), outputs = table(h.output_count, 4);
  if (at > size || h.data_offset < at || h.data_offset > size || h.data_offset % 64 != 0 ||
      h.data_bytes != size - h.data_offset) {
    return status->Fail("plan: tables end at %llu, data at %llu with %llu bytes do not fit in %zu bytes",
                        static_cast<unsigned long long>(at), static_cast<unsigned long long>(h.data_offset),
                        static_cast<unsigned long long>(h.data_bytes), size);
  }
  *view = {&h,
           reinterpret_cast<const PlanTensor*>(bytes + tensors),
           reinterpret_cast<const PlanOp*>(bytes + ops),
           reinterpret_cast<const uint32_t*>(bytes + references),
           reinterpret_cast<const int32_t*>(bytes + parameters),
           reinterpret_cast<const uint32_t*>(bytes + inputs),
           reinterpret_cast<const uint32_t*>(bytes + outputs),
           bytes + h.data_offset};
  for (uint32_t i = 0; i < h.tensor_count; ++i) {
    if (!CheckTensor(h, view->tensors[i], i, status)) return false;
  }
  for (uint32_t i = 0; i < h.reference_count; ++i) {
    if (view->references[i] != kNoTensor && view->references[i] >= h.tensor_count) {
      return status->Fail("plan: reference %u is tensor %u of %u", i, view->references[i], h.tensor_count);
    }
  }
  uint64_t used = 0;
  for (uint32_t i = 0; i < h.op_count; ++i) {
    if (!CheckOp(*view, i, status)) return false;
    used += view->ops[i].input_count + view->ops[i].output_count;
  }
  // So that checking takes as long as the plan has bytes, however many ops refer to them.
  if (used > h.reference_count) {
    return status->Fail("plan: the ops have %llu references together, the table %u",
                        static_cast<unsigned long long>(used), h.reference_count);
  }
  return CheckEndpoints(*view, view->inputs, h.input_count, "input", status) &&
         CheckEndpoints(*view, view->outputs, h.output_count, "output", status);
}

}  // namespace weightfold
