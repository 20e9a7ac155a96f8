// References of a flatbuffer that block 0 holds as words which repeat (SPEC.md, "References").
#ifndef WEIGHTFOLD_CODECS_REFERENCES_H_
#define WEIGHTFOLD_CODECS_REFERENCES_H_

#include "table.h"

namespace weightfold {

// Bytes of scratch for a block of `length` bytes.
size_t ReferencesScratch(uint64_t length);

// Replaces the stored words among those of `block`, which are in their places of the original, by the
// references that they stand for. mark: highest byte of tables.
bool RestoreReferences(const Block& block, const Span* spans, uint32_t mark, uint8_t* original,
                       Scratch scratch, DecodeError* error);

}  // namespace weightfold

#endif  // WEIGHTFOLD_CODECS_REFERENCES_H_
