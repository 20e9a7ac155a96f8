// Between a plan's op and a kernel: checks that the op's tensors and parameters fit together, fills the
// kernel's shape, and asks for memory. One Bind function per line of ops.inc.
#pragma once
#include <new>

#include "base/requantize.h"
#include "plan/executor.h"

namespace weightfold {

// Where tensors stand that are no constants.
struct Memory {
  uint8_t* arena;
  uint8_t* state;
};

class BindContext {
 public:
  BindContext(const PlanView& plan, const Memory& memory, const LoadOptions& options,
              const Allocator& allocator, Status* status)
      : features(options.features),
        plan_(plan),
        memory_(memory),
        max_bytes_(options.max_bytes),
        allocator_(allocator),
        status_(status) {}

  void Select(uint32_t op_index, const char* name) {
    op_index_ = op_index;
    name_ = name;
  }

  const PlanOp& op() const { return plan_.ops[op_index_]; }
  uint32_t input_count() const { return op().input_count; }
  bool HasInput(uint32_t i) const { return i < op().input_count && Reference(i) != kNoTensor; }
  // Only for inputs and outputs that ExpectInput or ExpectOutput accepted.
  const PlanTensor& Input(uint32_t i) const { return plan_.tensors[Reference(i)]; }
  const PlanTensor& Output(uint32_t i) const { return plan_.tensors[Reference(op().input_count + i)]; }
  DataType InputType(uint32_t i) const { return static_cast<DataType>(Input(i).type); }
  DataType OutputType(uint32_t i) const { return static_cast<DataType>(Output(i).type); }
  int32_t Parameter(uint32_t i) const { return plan_.parameters[op().first_parameter + i]; }

  template <typename T>
  const T* InputData(uint32_t i) const {
    return reinterpret_cast<const T*>(Address(Input(i)));
  }
  template <typename T>
  T* StateData(uint32_t i) const {
    return const_cast<T*>(InputData<T>(i));
  }
  template <typename T>
  T* OutputData(uint32_t i) const {
    return reinterpret_cast<T*>(const_cast<uint8_t*>(Address(Output(i))));
  }

  // Checks; each writes a message that names the op and returns false when it fails.
  bool ExpectCounts(uint32_t min_inputs, uint32_t outputs, uint32_t parameters) const;
  bool ExpectInput(uint32_t i) const;                    // any type and shape
  bool ExpectInput(uint32_t i, DataType type) const;     // any shape
  bool ExpectConstant(uint32_t i, DataType type) const;  // in the data section
  bool ExpectState(uint32_t i, DataType type) const;     // an input that the op changes in its place
  bool ExpectOutput(uint32_t i) const;                   // in the arena or the state
  bool ExpectOutput(uint32_t i, DataType type) const;
  bool ExpectRange(const char* what, int64_t value, int64_t min, int64_t max) const;
  bool ExpectEqual(const char* what, int64_t value, int64_t expected) const;

  // Memory for the executor's life, or null after a message.
  void* Allocate(size_t bytes);
  // Scratch is shared by all ops. False after a message when it is more than LoadOptions allow.
  bool NeedScratch(size_t bytes);

  // A zeroed state of the op; its run function is called with it.
  template <typename State>
  State* NewState() {
    void* memory = Allocate(sizeof(State));
    return memory ? new (memory) State() : nullptr;
  }

  size_t scratch_bytes() const { return scratch_bytes_; }
  size_t allocated_bytes() const { return allocated_bytes_; }

  const uint32_t features;

 private:
  uint32_t Reference(uint32_t i) const { return plan_.references[op().first_reference + i]; }
  const uint8_t* Address(const PlanTensor& t) const {
    if (IsAt(t, Location::kData)) return plan_.data + t.offset;
    return (IsAt(t, Location::kState) ? memory_.state : memory_.arena) + t.offset;
  }
  bool ExpectThere(const char* what, uint32_t i, uint32_t reference) const;
  bool ExpectType(const char* what, uint32_t i, uint32_t reference, DataType type) const;

  const PlanView& plan_;
  const Memory memory_;
  uint64_t max_bytes_;
  const Allocator& allocator_;
  Status* status_;
  uint32_t op_index_ = 0;
  const char* name_ = "";
  size_t scratch_bytes_ = 0, allocated_bytes_ = 0;
};

inline int64_t Elements(const PlanTensor& t) {
  int64_t count = 1;
  for (uint32_t i = 0; i < t.rank; ++i) count *= t.dims[i];
  return count;
}

// Dimensions padded in front with ones to four; rank must be at most 4.
inline void FourDimensions(const PlanTensor& t, int32_t dims[4]) {
  for (int i = 0; i < 4; ++i) dims[i] = 1;
  for (uint32_t i = 0; i < t.rank; ++i) dims[4 - t.rank + i] = t.dims[i];
}

#define OP(number, name, function) bool function(BindContext* context, BoundOp* bound);
#include "plan/ops.inc"
#undef OP

}  // namespace weightfold
