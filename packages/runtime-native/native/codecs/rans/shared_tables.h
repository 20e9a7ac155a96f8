// Tables in the container's header that rANS blocks may use (formats/container/SPEC.md, "Shared tables").
#ifndef WEIGHTFOLD_CODECS_RANS_SHARED_TABLES_H_
#define WEIGHTFOLD_CODECS_RANS_SHARED_TABLES_H_

#include "../common/reader.h"

namespace weightfold {

constexpr uint64_t kMaximumSharedTables = 64;
constexpr uint64_t kMaximumSharedBytes = 16384;

// What blocks may refer to; read once, before the first of them.
struct Environment {
  uint32_t* shared_slots;  // per table 4096 (frequency_tables.h)
  uint32_t shared_count;
};

constexpr Environment kNoEnvironment = {nullptr, 0};

// Scratch that ReadSharedTables needs; a part of it is free again when it returns.
size_t SharedTablesScratch(uint32_t count);

// Reads `count` tables.
bool ReadSharedTables(Bytes bytes, uint32_t count, Environment* environment, Scratch* scratch,
                      DecodeError* error);

}  // namespace weightfold

#endif  // WEIGHTFOLD_CODECS_RANS_SHARED_TABLES_H_
