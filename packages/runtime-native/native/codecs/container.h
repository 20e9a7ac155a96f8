// Decoder of .wfz containers (formats/container/SPEC.md). Allocates nothing: the caller gives output and
// scratch. Never reads or writes out of bounds and always ends, whatever the bytes are.
#ifndef WEIGHTFOLD_CODECS_CONTAINER_H_
#define WEIGHTFOLD_CODECS_CONTAINER_H_

#include <cstddef>
#include <cstdint>

namespace weightfold {

// What the header says. Its checksum is verified, so sizes are what the writer meant; still check
// original_size against your own limit before you allocate.
struct ContainerInfo {
  uint64_t original_size;
  uint32_t block_count;
  uint32_t span_count;
  uint32_t product_count;
  // Bytes of scratch that DecodeContainer needs; any alignment. Untouched pages of it are never read.
  size_t scratch_size;
  uint8_t sha256[32];
};

// code: BAD_MAGIC, UNKNOWN_VERSION, UNKNOWN_FLAG, UNKNOWN_CODEC, TOO_LARGE, DAMAGED, HASH_MISMATCH or
// BAD_ARGUMENT. offset: byte of the container at which it was noticed. message: what was expected and what
// came.
struct DecodeError {
  const char* code;
  uint64_t offset;
  char message[256];
};

// Reads and checks the header. False with *error set when it is not a container this decoder can read.
bool ReadContainerInfo(const uint8_t* data, size_t size, ContainerInfo* info, DecodeError* error);

// Decodes the whole original into out (out_size = original_size). Block and file checksums are verified; the
// SHA-256 of the whole is VerifyHash's job, so that it can be timed and skipped apart.
bool DecodeContainer(const uint8_t* data, size_t size, uint8_t* out, size_t out_size, void* scratch,
                     size_t scratch_size, DecodeError* error);

// Compares the SHA-256 of out with the header's.
bool VerifyHash(const ContainerInfo& info, const uint8_t* out, size_t out_size, DecodeError* error);

}  // namespace weightfold

#endif  // WEIGHTFOLD_CODECS_CONTAINER_H_
