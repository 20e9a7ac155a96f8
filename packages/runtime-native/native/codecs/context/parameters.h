// Parameters of the context codec (formats/container/src/codecs/context/spec.md).
#ifndef WEIGHTFOLD_CODECS_CONTEXT_PARAMETERS_H_
#define WEIGHTFOLD_CODECS_CONTEXT_PARAMETERS_H_

#include "../codec.h"

namespace weightfold {

constexpr uint32_t kMaximumContexts = 24;
constexpr uint32_t kMaximumTerms = 12;

enum TermKind : uint32_t { kByteTerm, kModuloTerm, kDivideTerm, kDerivedTerm };

// Arguments of derived terms.
enum DerivedValue : uint32_t { kExpected = 1, kMatchLength, kZeros, kBeforeZeros };
constexpr uint32_t kDerivedValues = 5;

struct Term {
  TermKind kind;
  uint32_t argument;
  uint32_t shift;
};

struct ContextSpec {
  uint32_t term_count;
  Term terms[kMaximumTerms];
};

struct ContextParameters {
  uint32_t bits;
  uint32_t table_bits;
  uint32_t rate;
  uint32_t period;
  uint32_t minimum_match;
  uint32_t context_count;
  ContextSpec contexts[kMaximumContexts];
  // What the model learns before the first symbol.
  Bytes history;
};

// Reads and checks the parameters of a block of `length` symbols.
bool ReadContextParameters(Reader* reader, size_t length, ContextParameters* parameters, DecodeError* error);

}  // namespace weightfold

#endif  // WEIGHTFOLD_CODECS_CONTEXT_PARAMETERS_H_
