#include "shared_tables.h"

#include "coded_tables.h"

namespace weightfold {
namespace {

constexpr size_t kSlots = size_t{1} << kMostTotalLog2;

}  // namespace

size_t SharedTablesScratch(uint32_t count) {
  if (count == 0) return 0;
  return (count * kSlots + kRansContexts * NumberDecoder::kModelsPerContext) * sizeof(uint32_t) + 2 * 64;
}

bool ReadSharedTables(Bytes bytes, uint32_t count, Environment* environment, Scratch* scratch,
                      DecodeError* error) {
  *environment = kNoEnvironment;
  if (count == 0) return true;
  environment->shared_slots = scratch->Take<uint32_t>(count * kSlots);
  environment->shared_count = count;
  Scratch rest = *scratch;  // the number models are not needed any more afterwards
  uint32_t* models = rest.Take<uint32_t>(kRansContexts * NumberDecoder::kModelsPerContext);
  if (environment->shared_slots == nullptr || models == nullptr) return OutOfScratch(error, bytes.offset);
  NumberDecoder input(bytes, models, kRansContexts);
  CodedTableReader tables;
  for (uint32_t t = 0; t < count; t++) {
    if (tables.Read(&input, kMostTotalLog2, environment->shared_slots + t * kSlots)) continue;
    return Fail(error, "DAMAGED", bytes.offset, "expected levels in range, one above 0, for shared table %u",
                t);
  }
  if (input.exact()) return true;
  return Fail(error, "DAMAGED", bytes.offset, "expected all bytes to be used for shared tables");
}

}  // namespace weightfold
