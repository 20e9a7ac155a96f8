#include "parameters.h"

#include "../common/binary_decoder.h"

namespace weightfold {
namespace {

constexpr uint64_t kMaximumArgument = uint64_t{1} << 24;
constexpr uint32_t kMaximumClasses = 16;
constexpr uint64_t kMaximumRows = 65536;

bool ReadTerm(Reader* reader, Term* term, DecodeError* error) {
  uint64_t code;
  if (!reader->Bounded("context term", 0, (kMaximumArgument * 8 + 7) * 4 + 3, &code)) return false;
  term->kind = static_cast<TermKind>(code & 3);
  term->shift = static_cast<uint32_t>(code >> 2 & 7);
  term->argument = static_cast<uint32_t>(code >> 5);
  if (term->argument != 0) return true;
  return Fail(error, "DAMAGED", reader->offset(),
              "expected at least 1 for argument of a context term but received 0");
}

bool ReadContextClasses(Reader* reader, size_t length, ContextParameters* parameters, uint64_t* row_length,
                        Scratch* scratch, DecodeError* error) {
  parameters->classes = nullptr;
  if (!reader->Bounded("row length", 0, length, row_length)) return false;
  if (*row_length == 0) return true;
  const uint64_t rows = (length + *row_length - 1) / *row_length;
  if (rows > kMaximumRows) {
    return Fail(error, "DAMAGED", reader->offset(),
                "expected at most 65536 rows with classes but received %llu",
                static_cast<unsigned long long>(rows));
  }
  uint32_t count;
  uint64_t side_length;
  Bytes side = {};
  if (!reader->BoundedU8("number of classes", 2, kMaximumClasses, &count)) return false;
  if (!reader->Varint("length of the class map", &side_length)) return false;
  if (!reader->Take(side_length, "class map", &side)) return false;
  parameters->classes = scratch->Take<uint8_t>(static_cast<size_t>(rows));
  Scratch temporary = *scratch;
  uint32_t* models = temporary.Take<uint32_t>(kMaximumClasses * NumberDecoder::kModelsPerContext);
  if (parameters->classes == nullptr || models == nullptr) return OutOfScratch(error, side.offset);
  NumberDecoder input(side, models, kMaximumClasses);
  if (!ReadClasses(&input, parameters->classes, static_cast<size_t>(rows), count, 0, side.offset, error))
    return false;
  if (input.exact()) return true;
  return Fail(error, "DAMAGED", side.offset,
              "expected all bytes to be used for class map but received another length");
}

bool CheckClassTerms(const ContextParameters& parameters, uint64_t row_length, uint64_t offset,
                     DecodeError* error) {
  for (uint32_t c = 0; c < parameters.context_count; c++) {
    for (uint32_t t = 0; t < parameters.contexts[c].term_count; t++) {
      const Term& term = parameters.contexts[c].terms[t];
      if (term.kind == kClassTerm && term.argument != row_length) {
        return Fail(error, "DAMAGED", offset,
                    "expected the row length for argument of a class term but received %u", term.argument);
      }
    }
  }
  return true;
}

}  // namespace

bool ReadContextParameters(Reader* reader, size_t length, ContextParameters* p, Scratch* scratch,
                           DecodeError* error) {
  if (!reader->BoundedU8("bits per symbol", 1, 8, &p->bits)) return false;
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
  uint64_t row_length;
  if (!ReadContextClasses(reader, length, p, &row_length, scratch, error)) return false;
  return CheckClassTerms(*p, row_length, reader->offset(), error);
}

}  // namespace weightfold
