/*
 * Uses the container's decoder as a C program does. Usage: c_test VECTORS_DIR [CODEC_LEFT_OUT …]
 * Every vector is decoded as a whole, and block by block in the order for threads; tensors are found by their
 * buffer. With codecs left out, vectors that need one are refused by its name.
 */
#define _POSIX_C_SOURCE 200809L /* opendir */
#define _FILE_OFFSET_BITS 64    /* or a program of 32 bits cannot read folders of some file systems */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <weightfold/wfz.h>

static int checks = 0;
static int failures = 0;

static void check(bool ok, const char* file, const char* what) {
  checks++;
  if (ok) return;
  failures++;
  printf("FAILED: %s: %s\n", file, what);
}

static uint8_t* read_file(const char* folder, const char* name, size_t* size) {
  char path[4096];
  snprintf(path, sizeof(path), "%s/%s", folder, name);
  FILE* file = fopen(path, "rb");
  if (file == NULL || fseek(file, 0, SEEK_END) != 0) exit(2);
  *size = (size_t)ftell(file);
  rewind(file);
  uint8_t* bytes = malloc(*size + 1);
  if (bytes == NULL || fread(bytes, 1, *size, file) != *size) exit(2);
  fclose(file);
  return bytes;
}

/* A tensor's block is what stands in the original. */
static void check_tensor(const wfz_file* file, uint32_t index, const uint8_t* expected, void* scratch,
                         const char* name) {
  wfz_error error;
  wfz_block block;
  check(wfz_describe_block(file, index, &block), name, "describes a block");
  if (block.kind != WFZ_TENSOR || !block.contiguous) return;
  check(wfz_find_tensor(file, block.buffer) == index, name, "finds a tensor by its buffer");
  uint8_t* out = malloc(block.length);
  check(wfz_decode_block(file, index, out, block.length, scratch, wfz_scratch_size(file), &error), name,
        "decodes one tensor");
  check(memcmp(out, expected + block.original_offset, block.length) == 0, name, "one tensor's bytes");
  check(!wfz_decode_block(file, index, out, block.length - 1, scratch, wfz_scratch_size(file), &error) &&
            strcmp(error.code, "BAD_ARGUMENT") == 0,
        name, "refuses a wrong size of output");
  free(out);
}

static void check_parts(const wfz_file* file, const wfz_info* info, const uint8_t* expected, void* scratch,
                        const char* name) {
  const size_t size = (size_t)info->original_size;
  wfz_error error;
  uint8_t* original = calloc(size + 1, 1);
  check(wfz_check_file(file, &error), name, "file checksum");
  for (uint32_t position = info->block_count; position-- > 0;) {
    const uint32_t index = wfz_work_order(file, position);
    check(wfz_restore_block(file, index, original, size, scratch, wfz_scratch_size(file), &error), name,
          "restores a block");
    check_tensor(file, index, expected, scratch, name);
  }
  check(wfz_work_order(file, info->block_count) == UINT32_MAX, name, "the work order ends");
  check(wfz_apply_products(file, original, size, &error), name, "applies products");
  check(memcmp(original, expected, size) == 0, name, "bytes from parts");
  free(original);
}

/* Fills *error when the vector cannot be opened or decoded. */
static bool check_vector(const uint8_t* wfz, size_t wfz_size, const uint8_t* expected, size_t size,
                         const char* name, wfz_error* error) {
  wfz_info info;
  const wfz_file* file;
  if (!wfz_read_info(wfz, wfz_size, &info, error)) return false;
  check(info.original_size == size, name, "original size");
  void* memory = malloc(info.memory_size);
  bool decoded = wfz_open(wfz, wfz_size, memory, info.memory_size, &file, error);
  if (decoded) {
    void* scratch = malloc(wfz_scratch_size(file));
    uint8_t* original = malloc(size + 1);
    decoded = wfz_decode(file, original, size, scratch, wfz_scratch_size(file), error);
    check(!decoded || memcmp(original, expected, size) == 0, name, "bytes");
    check(!decoded || wfz_verify_hash(file, original, size, error), name, "SHA-256");
    if (decoded) check_parts(file, &info, expected, scratch, name);
    free(original);
    free(scratch);
  }
  free(memory);
  return decoded;
}

int main(int count, char** arguments) {
  int decoded = 0, refused = 0;
  DIR* folder = count > 1 ? opendir(arguments[1]) : NULL;
  if (folder == NULL) return 2;
  for (struct dirent* entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
    const char* name = entry->d_name;
    const size_t length = strlen(name);
    if (length < 5 || strcmp(name + length - 4, ".wfz") != 0) continue;
    char original[512];
    snprintf(original, sizeof(original), "%.*s.bin", (int)length - 4, name);
    size_t wfz_size, size;
    uint8_t* wfz = read_file(arguments[1], name, &wfz_size);
    uint8_t* expected = read_file(arguments[1], original, &size);
    wfz_error error = {"", 0, ""};
    if (check_vector(wfz, wfz_size, expected, size, name, &error)) {
      decoded++;
    } else {
      refused++;
      bool named = false;
      for (int i = 2; i < count; i++) named = named || strstr(error.message, arguments[i]) != NULL;
      check(named && strcmp(error.code, "UNKNOWN_CODEC") == 0, name, error.message);
    }
    free(wfz);
    free(expected);
  }
  closedir(folder);
  check(decoded >= 10 && (count == 2) == (refused == 0), arguments[1], "vectors are decoded and refused");
  printf("%d vectors decoded, %d refused for want of a codec, %d checks, %d failed\n", decoded, refused,
         checks, failures);
  return failures == 0 ? 0 : 1;
}
