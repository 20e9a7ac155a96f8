// Context-coded symbols (formats/container/src/codecs/context/spec.md).
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
  return length * per_symbol + (uint64_t{1} << p.table_bits);
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

// Places of the parameters that scratch depends on.
constexpr size_t kTableBitsAt = 1;
constexpr size_t kParameterBytes = 6;
constexpr uint32_t kMostTableBits = 22;

// Everything beside slots and class map: the match model, the most mixer sets, contexts and class models.
constexpr size_t kFixedScratch = size_t{512} << 10;

}  // namespace

// The slots and their histories take most by far.
size_t ContextScratch(Bytes coded, size_t length) {
  if (coded.size < kParameterBytes || coded.data[kTableBitsAt] > kMostTableBits) return kFixedScratch;
  const size_t rows = length < 65536 ? length : 65536;
  return kFixedScratch + rows + (size_t{5} << coded.data[kTableBitsAt]);
}

bool DecodeContext(Bytes coded, uint8_t* out, size_t length, const Environment&, Scratch scratch,
                   DecodeError* error) {
  Reader reader(coded, error);
  ContextParameters* parameters = scratch.Take<ContextParameters>(1);
  ContextModel* model = scratch.Take<ContextModel>(1);
  if (parameters == nullptr || model == nullptr) return OutOfScratch(error, coded.offset);
  if (!ReadContextParameters(&reader, length, parameters, &scratch, error)) return false;
  if (!CheckWork(*parameters, length, coded, error)) return false;
  if (!model->Init(parameters, &scratch)) return OutOfScratch(error, coded.offset);
  BinaryDecoder coder(reader.Rest());
  ChooseDecodeSymbols()(model, &coder, out, length);
  if (coder.overrun()) {
    return Fail(error, "DAMAGED", coded.offset + coded.size,
                "expected more bytes for context-coded bits but received their end");
  }
  if (coder.exact()) return true;
  return Fail(error, "DAMAGED", coded.offset,
              "expected all bytes to be used for context-coded bits but received bytes left over");
}

}  // namespace weightfold
