/* clang-format off */
/*
 * Decoder of .wfz containers (formats/container/SPEC.md) for C and C++ programs.
 *
 *     wfz_info info;
 *     wfz_error error;
 *     const wfz_file* file;
 *     if (!wfz_read_info(data, size, &info, &error)) return fail(&error);
 *     if (info.original_size > my_limit) return too_large();
 *     void* memory = malloc(info.memory_size);
 *     if (!wfz_open(data, size, memory, info.memory_size, &file, &error)) return fail(&error);
 *     size_t scratch_size = wfz_scratch_size(file);
 *     void* scratch = malloc(scratch_size);
 *     uint8_t* original = malloc(info.original_size);
 *     if (!wfz_decode(file, original, info.original_size, scratch, scratch_size, &error)) return fail(&error);
 *     if (!wfz_verify_hash(file, original, info.original_size, &error)) return fail(&error);
 *
 * An empty original (original_size 0) is no error, and needs no output. wfz_decode checks CRC-32C of the file and of
 * every block that has one; the hash is a second check, against whoever changes a file on purpose. In a file whose
 * blocks have none, wfz_open checks that of the file, so that single blocks are decoded from checked bytes, too.
 *
 * Memory: nothing is allocated. The caller gives `memory` (the opened file's tables; as long as the file is
 * used), `scratch` (only during a call) and the output, all of any alignment. What is not needed of them is
 * not touched. The container's bytes are read in place and must stay as long as the file is used.
 *
 * Errors: every function that can fail returns false and fills *error, which must not be null. Whatever the
 * bytes are, nothing is read or written out of bounds and every call ends. After a failure the output's
 * content means nothing. No exceptions, no signals, no global state that can be seen.
 *
 * Threads: an opened file is only read, so any number of threads may use it, each with its own scratch,
 * output or blocks, and error.
 */
/* clang-format on */
#ifndef WEIGHTFOLD_WFZ_H_
#define WEIGHTFOLD_WFZ_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct wfz_error {
  /*
   * BAD_MAGIC, UNKNOWN_VERSION, UNKNOWN_FLAG, UNKNOWN_CODEC (a newer writer, or a codec that this build
   * leaves out), TOO_LARGE, DAMAGED, HASH_MISMATCH, or BAD_ARGUMENT (a size that the caller gave). Never
   * freed.
   */
  const char* code;
  /* Byte of the container at which it was noticed. */
  uint64_t offset;
  /* What was expected and what came, ended by a zero. */
  char message[256];
} wfz_error;

typedef struct wfz_info {
  /* Bytes of the original: below 2^31, and at most 4096 per byte of the container. Check it against a limit
   * of your own. */
  uint64_t original_size;
  uint32_t block_count;
  uint32_t span_count;
  uint32_t product_count;
  /* Bytes of memory that wfz_open needs: some 100 per block, 60 per product, 12 per span, 16 KiB per
   * shared table, and what decoding a coded table takes. */
  size_t memory_size;
  /* SHA-256 of the original. */
  uint8_t sha256[32];
} wfz_info;

typedef enum wfz_kind { WFZ_STRUCTURE, WFZ_TENSOR, WFZ_SCALES, WFZ_BIASES, WFZ_ZEROS, WFZ_OTHER } wfz_kind;

/* A coded stream: the bytes of one tensor, or of many places of the original one after another. */
typedef struct wfz_block {
  wfz_kind kind;
  /* Of a tensor: the index of its buffer in the model. */
  uint64_t buffer;
  const char* codec;
  uint64_t length;
  /* Where its first byte stands in the original, and whether the others follow it there. */
  uint64_t original_offset;
  bool contiguous;
} wfz_block;

/* An opened container; lives in the caller's memory and needs no closing. */
typedef struct wfz_file wfz_file;

/*
 * Reads the header and checks it with its checksum. `data` is the whole container: what the original may
 * hold at most follows from its size.
 */
bool wfz_read_info(const uint8_t* data, size_t size, wfz_info* info, wfz_error* error);

/*
 * Reads and checks the table; compares the checksum at the container's end when blocks have none of their
 * own. memory: at least info.memory_size bytes.
 */
bool wfz_open(const uint8_t* data, size_t size, void* memory, size_t memory_size, const wfz_file** file,
              wfz_error* error);

/*
 * Bytes of scratch that suffice for decoding every block of this file, one at a time; what its codecs'
 * headers ask for: kilobytes for most codecs, up to 26 MiB for context coding, and the length of blocks that
 * are not contiguous.
 */
size_t wfz_scratch_size(const wfz_file* file);

/* Compares the checksum at the container's end. wfz_decode does it, and wfz_open when blocks have none of
 * their own; it is for those who decode blocks. */
bool wfz_check_file(const wfz_file* file, wfz_error* error);

/* The whole original: file checksum, all blocks with the checksums that they have, and products.
 * original_size: as in the info. */
bool wfz_decode(const wfz_file* file, uint8_t* original, size_t original_size, void* scratch,
                size_t scratch_size, wfz_error* error);

/* Compares the SHA-256 of the original with the header's; apart, since it takes as long as decoding. */
bool wfz_verify_hash(const wfz_file* file, const uint8_t* original, size_t original_size, wfz_error* error);

/* --- Random access --- */

/* Describes block `index`, below info.block_count; false beyond. */
bool wfz_describe_block(const wfz_file* file, uint32_t index, wfz_block* block);

/* The block that holds the tensor with this buffer index of the model; UINT32_MAX when there is none. */
uint32_t wfz_find_tensor(const wfz_file* file, uint64_t buffer);

/*
 * Decodes one block, and nothing else, to `out`, whose size is the block's length. A tensor's bytes are what
 * stands in the model; scales and biases may still be differences from products of one another, and block 0
 * may hold stored references, which only the whole restores.
 */
bool wfz_decode_block(const wfz_file* file, uint32_t index, uint8_t* out, size_t out_size, void* scratch,
                      size_t scratch_size, wfz_error* error);

/* --- Parts, for threads --- */

/*
 * Number `position`, below info.block_count, in the order that suits threads which take one block after the
 * other: those that take longest first. UINT32_MAX beyond.
 */
uint32_t wfz_work_order(const wfz_file* file, uint32_t position);

/*
 * Decodes one block to its places in the original. Blocks share no place, so that threads may restore
 * different blocks of one original at the same time. When all are restored, wfz_apply_products completes the
 * original.
 */
bool wfz_restore_block(const wfz_file* file, uint32_t index, uint8_t* original, size_t original_size,
                       void* scratch, size_t scratch_size, wfz_error* error);

/* Turns differences from products into numbers: once, after all blocks. */
bool wfz_apply_products(const wfz_file* file, uint8_t* original, size_t original_size, wfz_error* error);

#ifdef __cplusplus
}
#endif

#endif /* WEIGHTFOLD_WFZ_H_ */
