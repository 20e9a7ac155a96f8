#include "parameters.h"

#include "../records/dictionary.h"

namespace weightfold {
namespace {

constexpr uint64_t kMaximumArgument = uint64_t{1} << 24;

// First bytes of models that the format knows; of others it is the bits per symbol.
constexpr uint32_t kStructureHead = 0;
constexpr uint32_t kTableHead = 9;
constexpr size_t kLongestStructure = size_t{1} << 21;
constexpr uint32_t kMostPreparedTerms = 6;

struct PreparedContext {
  uint32_t term_count;
  Term terms[kMostPreparedTerms];
};

constexpr Term Back(uint32_t distance) { return {kByteTerm, distance, 0}; }
constexpr Term Derived(uint32_t value) { return {kDerivedTerm, value, 0}; }
constexpr Term kPhase = {kModuloTerm, 4, 0};

// spec.md, "Prepared models".
constexpr PreparedContext kStructure[] = {
    {1, {kPhase}},
    {1, {Back(1)}},
    {2, {Back(1), kPhase}},
    {2, {Back(1), Back(2)}},
    {3, {Back(1), Back(2), Back(3)}},
    {4, {Back(1), Back(2), Back(3), Back(4)}},
    {6, {Back(1), Back(2), Back(3), Back(4), Back(5), Back(6)}},
    {3, {Back(8), Back(1), kPhase}},
    {4, {Back(1), Back(2), Back(4), Back(8)}},
    {3, {Back(12), Back(16), kPhase}},
    {2, {Derived(kExpected), Derived(kMatchLength)}},
    {3, {Back(5), Back(1), kPhase}},
    {3, {Derived(kZeros), Derived(kBeforeZeros), kPhase}},
    {3, {Derived(kExpected), Back(8), kPhase}},
};

constexpr PreparedContext kTable[] = {
    {0, {}},        {1, {Back(1)}}, {2, {Back(1), Back(2)}}, {3, {Back(1), Back(2), Back(3)}},
    {1, {Back(2)}}, {1, {Back(3)}}, {1, {Back(4)}},          {1, {Back(6)}},
};

void AddContexts(const PreparedContext* contexts, size_t count, ContextParameters* p) {
  for (size_t c = 0; c < count; c++) {
    ContextSpec* to = &p->contexts[p->context_count++];
    to->term_count = contexts[c].term_count;
    for (uint32_t t = 0; t < to->term_count; t++) to->terms[t] = contexts[c].terms[t];
  }
}

// log2 of the slots that so many symbols may fill.
uint32_t TableBits(uint64_t symbols, uint32_t contexts) {
  uint32_t bits = 10;
  while (bits < 22 && symbols * contexts * 8 > uint64_t{1} << bits) bits++;
  return bits;
}

void PrepareStructure(size_t length, ContextParameters* p) {
  p->bits = 8;
  p->rate = 32;
  p->period = 4;
  p->minimum_match = 5;
  p->context_count = 0;
  AddContexts(kStructure, sizeof(kStructure) / sizeof(kStructure[0]), p);
  p->history = {kDictionary, kDictionarySize, 0};
  p->table_bits = TableBits(uint64_t{length} + kDictionarySize, p->context_count);
}

void PrepareTable(size_t length, ContextParameters* p) {
  p->bits = 8;
  p->rate = 8;
  p->period = 1;
  p->minimum_match = 0;
  p->context_count = 0;
  AddContexts(kTable, sizeof(kTable) / sizeof(kTable[0]), p);
  p->table_bits = TableBits(length, p->context_count);
}

bool ReadTerm(Reader* reader, Term* term, DecodeError* error) {
  uint64_t code;
  if (!reader->Bounded("context term", 0, (kMaximumArgument * 8 + 7) * 4 + 3, &code)) return false;
  term->kind = static_cast<TermKind>(code & 3);
  term->shift = static_cast<uint32_t>(code >> 2 & 7);
  term->argument = static_cast<uint32_t>(code >> 5);
  if (term->argument == 0) {
    return Fail(error, "DAMAGED", reader->offset(),
                "expected at least 1 for argument of a context term but received 0");
  }
  if (term->kind == kDerivedTerm && term->argument >= kDerivedValues) {
    return Fail(error, "DAMAGED", reader->offset(),
                "expected at most %u for argument of a derived term but received %u", kDerivedValues - 1,
                term->argument);
  }
  return true;
}

}  // namespace

bool ReadContextParameters(Reader* reader, size_t length, ContextParameters* p, DecodeError* error) {
  const uint64_t at = reader->offset();
  p->history = {nullptr, 0, 0};
  if (!reader->BoundedU8("bits per symbol", 0, kTableHead, &p->bits)) return false;
  if (p->bits == kStructureHead) {
    if (length > kLongestStructure) {
      return Fail(error, "DAMAGED", at,
                  "expected at most %zu for length of modelled structure but received %zu", kLongestStructure,
                  length);
    }
    PrepareStructure(length, p);
    return true;
  }
  if (p->bits == kTableHead) {
    PrepareTable(length, p);
    return true;
  }
  if (!reader->BoundedU8("table size (log2)", 8, 22, &p->table_bits)) return false;
  if (!reader->BoundedU8("mixer rate", 1, 64, &p->rate)) return false;
  if (!reader->BoundedU8("mixer period", 1, 64, &p->period)) return false;
  if (!reader->BoundedU8("shortest match", 0, 32, &p->minimum_match)) return false;
  if (!reader->BoundedU8("number of contexts", 1, kMaximumContexts, &p->context_count)) return false;
  for (uint32_t c = 0; c < p->context_count; c++) {
    ContextSpec* context = &p->contexts[c];
    if (!reader->BoundedU8("number of terms", 0, kMaximumTerms, &context->term_count)) return false;
    for (uint32_t t = 0; t < context->term_count; t++) {
      if (!ReadTerm(reader, &context->terms[t], error)) return false;
    }
  }
  return true;
}

}  // namespace weightfold
