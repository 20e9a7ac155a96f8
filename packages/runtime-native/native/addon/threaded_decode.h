// Decodes a container with several threads. The codec library itself starts none: it offers independent
// blocks.
#ifndef WEIGHTFOLD_ADDON_THREADED_DECODE_H_
#define WEIGHTFOLD_ADDON_THREADED_DECODE_H_

#include <cstdint>

#include "include/weightfold/wfz.h"

namespace weightfold {

// As wfz_decode, same bytes and same errors, whatever the number of threads is. Allocates its
// scratch; throws std::bad_alloc when there is none.
bool DecodeWithThreads(const wfz_file* file, uint32_t block_count, uint8_t* original, size_t original_size,
                       uint32_t threads, wfz_error* error);

}  // namespace weightfold

#endif  // WEIGHTFOLD_ADDON_THREADED_DECODE_H_
