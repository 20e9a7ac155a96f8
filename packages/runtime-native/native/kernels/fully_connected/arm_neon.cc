// smull and smlal on codes, sadalp to 32 bits: 16 products in three instructions.
#include "base/cpu.h"
#include "kernels/fully_connected/arm_rows.h"

namespace weightfold {

extern const FullyConnectedKernel kFullyConnectedNeon;
const FullyConnectedKernel kFullyConnectedNeon = {
    "neon",      kCpuNeon, false,        kBlock,
    PackedBytes, Pack,     ScratchBytes, Run<AddProducts<true>, AddProducts<false>>,
    true};

}  // namespace weightfold
