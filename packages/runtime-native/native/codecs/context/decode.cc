// Context-coded symbols (formats/container/src/codecs/context/spec.md).
#include <cstring>

#include "../../base/cpu.h"
#include "../common/binary_decoder.h"
#include "model.h"

namespace weightfold {
namespace {

// A legitimate block takes hundreds of steps per coded byte, rarely thousands.
constexpr uint64_t kWorkPerByte = 8192;

// Steps of some nanoseconds (spec.md, "Work").
uint64_t Work(const ContextParameters& p, size_t length) {
  uint64_t per_symbol = p.context_count * p.bits + p.minimum_match;
  for (uint32_t c = 0; c < p.context_count; c++) per_symbol += p.contexts[c].term_count;
  return (uint64_t{length} + p.history.size) * per_symbol + (uint64_t{1} << p.table_bits);
}

bool CheckWork(const ContextParameters& parameters, size_t length, Bytes coded, DecodeError* error) {
  const uint64_t work = Work(parameters, length), most = kWorkPerByte * coded.size;
  if (work <= most) return true;
  return Fail(error, "DAMAGED", coded.offset,
              "expected at most %llu for work of a context-coded block but received %llu",
              static_cast<unsigned long long>(most), static_cast<unsigned long long>(work));
}

DecodeSymbolsFunction ChooseDecodeSymbols() {
#if defined(__x86_64__)
  if (CpuFeatures() & kCpuAvx2) return DecodeSymbolsAvx2;
#endif
  return DecodeSymbolsScalar;
}

// Everything beside slots, history and symbols: the match model, the most mixer sets, contexts.
constexpr size_t kFixedScratch = size_t{576} << 10;

}  // namespace

// The slots and their histories take most by far.
size_t ContextScratch(Bytes coded, size_t length) {
  DecodeError ignored;
  Reader reader(coded, &ignored);
  ContextParameters parameters;
  if (!ReadContextParameters(&reader, length, &parameters, &ignored)) return kFixedScratch;
  const size_t data = parameters.history.size > 0 ? parameters.history.size + length + 64 : 0;
  return kFixedScratch + data + (size_t{5} << parameters.table_bits);
}

bool DecodeContext(Bytes coded, uint8_t* out, size_t length, const Environment&, Scratch scratch,
                   DecodeError* error) {
  Reader reader(coded, error);
  ContextParameters* parameters = scratch.Take<ContextParameters>(1);
  ContextModel* model = scratch.Take<ContextModel>(1);
  if (parameters == nullptr || model == nullptr) return OutOfScratch(error, coded.offset);
  if (!ReadContextParameters(&reader, length, parameters, error)) return false;
  if (!CheckWork(*parameters, length, coded, error)) return false;
  if (!model->Init(parameters, &scratch)) return OutOfScratch(error, coded.offset);
  BinaryDecoder coder(reader.Rest());
  const Bytes history = parameters->history;
  uint8_t* data = history.size > 0 ? scratch.Take<uint8_t>(history.size + length) : out;
  if (data == nullptr) return OutOfScratch(error, coded.offset);
  if (history.size > 0) std::memcpy(data, history.data, history.size);
  ChooseDecodeSymbols()(model, &coder, data, history.size, history.size + length);
  if (coder.overrun()) {
    return Fail(error, "DAMAGED", coded.offset + coded.size,
                "expected more bytes for context-coded bits but received their end");
  }
  if (coder.exact()) {
    if (history.size > 0) std::memcpy(out, data + history.size, length);
    return true;
  }
  return Fail(error, "DAMAGED", coded.offset,
              "expected all bytes to be used for context-coded bits but received bytes left over");
}

}  // namespace weightfold
