// For ops whose state says how many units of work they have, and whose tensors are int8 without borders, or
// of any type.
#pragma once
#include "plan/bind.h"

namespace weightfold {

template <typename State, void (*kRun)(const State&, int32_t begin, int32_t end)>
void SetRun(const State* state, BoundOp* bound) {
  *bound = {[](const void* opaque, void*, int32_t begin, int32_t end) {
              kRun(*static_cast<const State*>(opaque), begin, end);
            },
            state, state->units};
}

// Where a row is longer than the sums of a function over rows hold.
constexpr const char kTakeOut[] = "end the network before the operator, and compute it outside";

// An input of any type that plans hold, and an output of the same.
inline bool ExpectAnyInput(const BindContext& c, uint32_t i) {
  return c.ExpectRange("references", c.HasInput(i), 1, 1) &&
         c.ExpectInput(i, static_cast<DataType>(c.Input(i).type));
}
inline bool ExpectSameType(const BindContext& c) {
  return ExpectAnyInput(c, 0) && c.ExpectOutput(0, static_cast<DataType>(c.Input(0).type));
}

inline bool ExpectInt8(const BindContext& c) {
  return c.ExpectInput(0, DataType::kInt8) && c.ExpectOutput(0, DataType::kInt8);
}
inline bool ExpectSameElements(const BindContext& c) {
  return c.ExpectEqual("output elements", Elements(c.Output(0)), Elements(c.Input(0)));
}

// Bytes of an element of a tensor without a border.
inline size_t ElementBytes(const PlanTensor& t) {
  return static_cast<size_t>(t.bytes / static_cast<uint64_t>(Elements(t)));
}

// Elements in units that are worth being given to a thread.
constexpr int64_t kUnitElements = 4096;
inline int32_t ElementUnits(int64_t elements) {
  return static_cast<int32_t>((elements + kUnitElements - 1) / kUnitElements);
}
inline size_t FirstElement(int32_t begin) { return static_cast<size_t>(begin * kUnitElements); }
inline size_t LastElement(int32_t end, int64_t elements) {
  const int64_t last = end * kUnitElements;
  return static_cast<size_t>(last < elements ? last : elements);
}

// A multiplier, and behind it a shift of at most `max_shift`.
inline bool ExpectScale(const BindContext& c, uint32_t first, int32_t max_shift) {
  return c.ExpectRange("multiplier", c.Parameter(first), 0, INT32_MAX) &&
         c.ExpectRange("shift", c.Parameter(first + 1), -31, max_shift);
}

inline bool ExpectCodes(const BindContext& c, uint32_t first) {
  return c.ExpectRange("activation minimum", c.Parameter(first), -128, 127) &&
         c.ExpectRange("activation maximum", c.Parameter(first + 1), c.Parameter(first), 127);
}

// Product of the sizes of dimensions [begin, end).
inline int32_t Product(const PlanTensor& t, uint32_t begin, uint32_t end) {
  int32_t product = 1;
  for (uint32_t i = begin; i < end; ++i) product *= t.dims[i];
  return product;
}

}  // namespace weightfold
