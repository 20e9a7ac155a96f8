// The flat, versioned program that TypeScript lowers a model into. docs/design/plan.md describes the bytes.
#pragma once
#include <cstddef>
#include <cstdint>

#include "base/status.h"

namespace weightfold {

constexpr uint32_t kPlanVersion = 2;
constexpr int32_t kMaxRank = 6;
constexpr uint32_t kNoTensor = 0xffffffffu;

enum class DataType : uint32_t {
  kInt8 = 0,
  kUint8 = 1,
  kInt16 = 2,
  kInt32 = 3,
  kFloat32 = 4,
  kInt64 = 5,
  kBool = 6,  // a byte: true if it is not 0
};
// State keeps its value from one run to the next. Its memory starts as a copy of the first bytes of the data
// section, and a reset makes it one again: a state tensor's initial value lies at its own offset there.
enum class Location : uint32_t { kArena = 0, kData = 1, kState = 2 };

// Records are little endian and lie in the file exactly like this.
struct PlanHeader {
  char magic[4];  // "WFPL"
  uint32_t version;
  uint32_t tensor_count, op_count, reference_count, parameter_count, input_count, output_count;
  uint64_t arena_bytes;
  uint64_t data_offset, data_bytes;
  uint64_t total_bytes;
};
static_assert(sizeof(PlanHeader) == 64, "the header has no holes");

// Pixels around an image of rank 4 that windows may reach into; `offset` and `bytes` cover them, too.
struct PlanBorder {
  uint16_t top, bottom, left, right;
};

struct PlanTensor {
  uint32_t type;
  uint32_t location;
  uint64_t offset, bytes;
  uint32_t rank;
  int32_t dims[kMaxRank];
  int32_t zero_point;
  PlanBorder border;
};
static_assert(sizeof(PlanTensor) == 64, "tensor records have no holes");

struct PlanOp {
  uint32_t kind;                                        // ops.inc
  uint32_t first_reference, input_count, output_count;  // inputs, then outputs
  uint32_t first_parameter, parameter_count;
  uint32_t source;  // index of the operator in the model, for messages
  uint32_t macs;    // multiply-accumulates, at most 2^32 - 1; only how work is split depends on it
};
static_assert(sizeof(PlanOp) == 32, "op records have no holes");

inline bool HasBorder(const PlanTensor& t) {
  return t.border.top != 0 || t.border.bottom != 0 || t.border.left != 0 || t.border.right != 0;
}

inline bool IsAt(const PlanTensor& t, Location location) {
  return t.location == static_cast<uint32_t>(location);
}

// Tables of a plan whose every index, offset and size has been checked.
struct PlanView {
  const PlanHeader* header;
  const PlanTensor* tensors;
  const PlanOp* ops;
  const uint32_t* references;  // tensor indices, or kNoTensor
  const int32_t* parameters;
  const uint32_t* inputs;
  const uint32_t* outputs;
  const uint8_t* data;
};

// Checks everything that does not depend on the kind of an op. `bytes` must be aligned to 8 and stay alive
// with the view.
bool ReadPlan(const uint8_t* bytes, size_t size, PlanView* view, Status* status);

}  // namespace weightfold
