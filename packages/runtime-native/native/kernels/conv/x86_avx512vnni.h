// Shared by the two AVX-512 VNNI convolutions.
#pragma once
#include "base/numbers.h"
#include "kernels/conv/conv.h"

namespace weightfold {

// Eight output channels fill half a vector: then a vector holds two pixels (x86_pairs_avx512vnni.cc).
static inline bool UsesPairs(const ConvShape& s) { return s.groups == 1 && s.out_c == 8; }

size_t PairsPackedBytes(const ConvShape& s);
void PairsPack(const ConvShape& s, const ConvParameters& p, void* packed);
void PairsRun(const ConvShape& s, const ConvParameters& p, const void* packed, const ConstImage& input,
              const Image& output, int32_t begin, int32_t end);

namespace {

struct Geometry {
  int32_t group_in, group_out;
  int32_t runs, run_length, steps;  // per kernel row; a step is four inputs
  bool flat;                        // outputs see one input pixel each: rows that touch can be one
};

inline Geometry MakeGeometry(const ConvShape& s) {
  Geometry g;
  g.group_in = s.in_c / s.groups;
  g.group_out = s.out_c / s.groups;
  const bool whole_row = s.groups == 1 && s.dilation_w == 1;
  g.runs = whole_row ? 1 : s.kernel_w;
  g.run_length = whole_row ? s.kernel_w * s.in_c : g.group_in;
  g.steps = (g.run_length + 3) / 4;
  g.flat = s.kernel_h == 1 && s.kernel_w == 1 && s.stride_h == 1 && s.stride_w == 1;
  return g;
}

}  // namespace
}  // namespace weightfold
