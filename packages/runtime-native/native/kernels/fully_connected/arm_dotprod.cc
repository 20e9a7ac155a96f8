// sdot: 16 products in an instruction.
#include "base/cpu.h"
#include "kernels/fully_connected/arm_rows.h"

namespace weightfold {
namespace {

WEIGHTFOLD_INLINE int32x4_t AddDots(int32x4_t sums, int8x16_t x, int8x16_t w) {
  return vdotq_s32(sums, x, w);
}

}  // namespace

extern const FullyConnectedKernel kFullyConnectedDotProd;
const FullyConnectedKernel kFullyConnectedDotProd = {
    "dotprod",    kCpuNeon | kCpuDotProd, false, kBlock, PackedBytes, Pack,
    ScratchBytes, Run<AddDots, AddDots>,  true};

}  // namespace weightfold
