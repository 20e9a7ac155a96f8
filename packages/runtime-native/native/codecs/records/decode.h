// Repeats as copies, the rest as literals (formats/container/src/codecs/records/spec.md).
#ifndef WEIGHTFOLD_CODECS_RECORDS_DECODE_H_
#define WEIGHTFOLD_CODECS_RECORDS_DECODE_H_

#include "../codec.h"

namespace weightfold {

// As DecodeRecords, without instructions that only some CPUs have: what tests compare it with.
bool DecodeRecordsPortable(Bytes coded, uint8_t* out, size_t length, const Environment& environment,
                           Scratch scratch, DecodeError* error);

}  // namespace weightfold

#endif  // WEIGHTFOLD_CODECS_RECORDS_DECODE_H_
