// Between a plan's op and a kernel: checks that the op's tensors and parameters fit together, fills the
// kernel's shape, and asks for memory. One Bind function per line of ops.inc.
#pragma once
#include <new>

#include "base/image.h"
#include "base/requantize.h"
#include "plan/executor.h"

namespace weightfold {

// Where tensors stand that are no constants.
struct Memory {
  uint8_t* arena;
  uint8_t* state;
};

inline uint8_t FlipOf(const PlanTensor& t) {
  return t.type == static_cast<uint32_t>(DataType::kUint8) ? kUnsignedFlip : 0;
}

// The zero point of the codes as int8.
inline int32_t SignedZeroPoint(const PlanTensor& t) { return t.zero_point - FlipOf(t); }

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

// A tensor of codes by rows of height × width × channels; fewer dimensions count as one image or row. Tensors
// of more than four have no rows, only `pixels`.
struct PlanImage {
  uint8_t* pixels;    // the first real one; kernels only read where it is an input
  size_t row, image;  // bytes from one to the next
  int32_t height;

  // Row `index` over all images.
  uint8_t* Row(int32_t index) const {
    return pixels + static_cast<size_t>(index / height) * image + static_cast<size_t>(index % height) * row;
  }
};

inline PlanImage ImageOf(const PlanTensor& t, const uint8_t* address) {
  if (t.rank > 4) return {const_cast<uint8_t*>(address), 0, 0, 1};
  int32_t dims[4];
  FourDimensions(t, dims);
  const PlanBorder& b = t.border;
  const size_t channels = static_cast<size_t>(dims[3]), row = (dims[2] + b.left + b.right) * channels;
  return {const_cast<uint8_t*>(address) + b.top * row + b.left * channels, row,
          (dims[1] + b.top + b.bottom) * row, dims[1]};
}

// Whether a tensor of an op may have a border: its kernel must then go by rows.
enum class Border { kNone, kAllowed };

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

  PlanImage InputImage(uint32_t i) const { return ImageOf(Input(i), Address(Input(i))); }
  PlanImage OutputImage(uint32_t i) const { return ImageOf(Output(i), Address(Output(i))); }

  // Checks; each writes a message that names the op and returns false when it fails.
  bool ExpectCounts(uint32_t min_inputs, uint32_t outputs, uint32_t parameters) const;
  bool ExpectInput(uint32_t i) const;                    // any type and shape
  bool ExpectInput(uint32_t i, DataType type) const;     // any shape
  bool ExpectConstant(uint32_t i, DataType type) const;  // in the data section
  bool ExpectState(uint32_t i, DataType type) const;     // an input that the op changes in its place
  bool ExpectOutput(uint32_t i) const;                   // in the arena or the state
  bool ExpectOutput(uint32_t i, DataType type) const;
  bool ExpectInputCodes(uint32_t i, Border border) const;  // int8, or uint8 with everything 128 higher
  bool ExpectOutputCodes(uint32_t i, Border border) const;
  // An activation range in codes of output 0. As int8 in *min and *max.
  bool ExpectActivation(uint32_t first_parameter, int32_t* min, int32_t* max) const;
  bool ExpectRange(const char* what, int64_t value, int64_t min, int64_t max) const;
  // A size from 1 to the most that the kernel's registers or tables hold; `remedy`: how a larger one could
  // run.
  bool ExpectLimit(const char* what, int64_t value, int64_t most, const char* remedy) const;
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
  uint32_t InputReference(uint32_t i) const { return HasInput(i) ? Reference(i) : kNoTensor; }
  uint32_t OutputReference(uint32_t i) const;
  bool ExpectThere(const char* what, uint32_t i, uint32_t reference, Border border) const;
  bool ExpectType(const char* what, uint32_t i, uint32_t reference, DataType type) const;
  bool ExpectWritable(uint32_t output) const;
  DataType CodeType(uint32_t reference) const;

  const PlanView& plan_;
  const Memory memory_;
  uint64_t max_bytes_;
  const Allocator& allocator_;
  Status* status_;
  uint32_t op_index_ = 0;
  const char* name_ = "";
  size_t scratch_bytes_ = 0, allocated_bytes_ = 0;
};

#define OP(number, name, function) bool function(BindContext* context, BoundOp* bound);
#include "plan/ops.inc"
#undef OP

}  // namespace weightfold
