// Decodes the conformance vectors and checks that damaged ones are refused. Usage: container_test
// [VECTORS_DIR]
#include "container.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "common/crc32c.h"
#include "table.h"

namespace {

using weightfold::ContainerInfo;
using weightfold::DecodeError;
using FileBytes = std::vector<uint8_t>;

int failures = 0;
int checks = 0;

void Check(bool ok, const std::string& what) {
  checks++;
  if (ok) return;
  failures++;
  std::printf("FAILED: %s\n", what.c_str());
}

FileBytes ReadFile(const std::filesystem::path& path) {
  FileBytes bytes(static_cast<size_t>(std::filesystem::file_size(path)));
  std::FILE* file = std::fopen(path.string().c_str(), "rb");
  if (file == nullptr || std::fread(bytes.data(), 1, bytes.size(), file) != bytes.size()) {
    std::printf("cannot read %s\n", path.string().c_str());
    std::exit(2);
  }
  std::fclose(file);
  return bytes;
}

// Decodes as the runtime does. Memory and scratch have exactly the sizes that were asked for, so that a
// sanitizer sees what goes beyond.
bool Decode(const FileBytes& file, FileBytes* original, DecodeError* error) {
  *error = {nullptr, 0, ""};
  ContainerInfo info;
  if (!wfz_read_info(file.data(), file.size(), &info, error)) return false;
  if (info.original_size > (1u << 24)) {
    *error = {"TOO_LARGE", 0, "larger than this test wants"};
    return false;
  }
  const std::unique_ptr<uint8_t[]> memory(new uint8_t[info.memory_size]);
  const wfz_file* opened;
  if (!wfz_open(file.data(), file.size(), memory.get(), info.memory_size, &opened, error)) return false;
  const size_t scratch_size = wfz_scratch_size(opened);
  const std::unique_ptr<uint8_t[]> scratch(new uint8_t[scratch_size]);
  original->assign(static_cast<size_t>(info.original_size), 0xa5);
  return wfz_decode(opened, original->data(), original->size(), scratch.get(), scratch_size, error) &&
         wfz_verify_hash(opened, original->data(), original->size(), error);
}

void CheckRefused(const FileBytes& file, const std::string& what) {
  FileBytes original;
  DecodeError error;
  Check(!Decode(file, &original, &error), what + " is refused");
  Check(error.code != nullptr && error.message[0] != '\0', what + " has a code and a message");
}

// Every flipped bit of small files, and about two thousand of larger ones; every cut, or about five hundred.
void CheckDamage(const FileBytes& file, const std::string& name) {
  const size_t flip_step = std::max<size_t>(1, file.size() * 8 / 2000);
  for (size_t bit = 0; bit < file.size() * 8; bit += flip_step) {
    FileBytes damaged = file;
    damaged[bit / 8] ^= static_cast<uint8_t>(1u << bit % 8);
    CheckRefused(damaged, name + " with bit " + std::to_string(bit) + " flipped");
  }
  const size_t cut_step = std::max<size_t>(1, file.size() / 500);
  for (size_t size = 0; size < file.size(); size += cut_step) {
    CheckRefused(FileBytes(file.begin(), file.begin() + static_cast<ptrdiff_t>(size)),
                 name + " cut to " + std::to_string(size));
  }
  FileBytes longer = file;
  longer.push_back(0);
  CheckRefused(longer, name + " with a byte after its end");
}

uint32_t NextRandom(uint32_t* state) {  // xorshift32, Marsaglia 2003
  *state ^= *state << 13;
  *state ^= *state >> 17;
  *state ^= *state << 5;
  return *state;
}

// Damage behind valid checksums, so that the codecs themselves meet it. Nothing may be read or written out of
// bounds (the sanitizer build says so) and what is accepted must be the original.
void CheckMutations(const FileBytes& file, const FileBytes& expected, const std::string& name, int rounds) {
  weightfold::Header header;
  DecodeError error;
  if (!weightfold::ReadHeader(file.data(), file.size(), &header, &error)) return;
  const size_t header_end = static_cast<size_t>(header.data.offset);
  uint32_t state = 88172645u;
  for (int round = 0; round < rounds; round++) {
    FileBytes damaged = file;
    for (uint32_t edits = 1 + NextRandom(&state) % 3; edits > 0; edits--) {
      const size_t at = 6 + NextRandom(&state) % (file.size() - 10);
      damaged[at] = static_cast<uint8_t>(NextRandom(&state));
    }
    weightfold::StoreLittle32(damaged.data() + header_end - 4,
                              weightfold::Crc32c(damaged.data(), header_end - 4));
    weightfold::StoreLittle32(damaged.data() + file.size() - 4,
                              weightfold::Crc32c(damaged.data(), file.size() - 4));
    FileBytes original;
    if (Decode(damaged, &original, &error))
      Check(original == expected, name + " mutated: another original accepted");
    checks++;
  }
}

// What a file claims is checked before the caller asks for memory, or a codec begins.
void CheckClaims(const std::filesystem::path& refused) {
  FileBytes file = ReadFile(refused / "claims-a-gigabyte.wfz");
  ContainerInfo info;
  DecodeError error = {};
  Check(!wfz_read_info(file.data(), file.size(), &info, &error) && error.offset == 6,
        "a gigabyte from one byte is refused with the header");
  FileBytes original;
  file = ReadFile(refused / "too-much-work.wfz");
  Check(!Decode(file, &original, &error) && std::strstr(error.message, "work of a context-coded block"),
        "too much work is refused as such");
}

}  // namespace

int main(int count, char** arguments) {
  std::filesystem::path folder;
#if defined(WEIGHTFOLD_VECTORS_DIR)
  folder = WEIGHTFOLD_VECTORS_DIR;
#elif defined(WEIGHTFOLD_SOURCE_DIR)
  folder = std::filesystem::path(WEIGHTFOLD_SOURCE_DIR) / "../../formats/container/vectors";
#endif
  if (count > 1) folder = arguments[1];
  const int rounds = count > 2 ? std::atoi(arguments[2]) : 300;
  int vectors = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() != ".wfz") continue;
    const std::string name = entry.path().stem().string();
    const FileBytes file = ReadFile(entry.path());
    const FileBytes expected = ReadFile(std::filesystem::path(entry.path()).replace_extension(".bin"));
    FileBytes original;
    DecodeError error;
    const bool decoded = Decode(file, &original, &error);
    Check(decoded && original == expected, name + ": " + error.message);
    CheckDamage(file, name);
    CheckMutations(file, expected, name, rounds);
    vectors++;
  }
  for (const auto& entry : std::filesystem::directory_iterator(folder / "refused")) {
    CheckRefused(ReadFile(entry.path()), "refused/" + entry.path().stem().string());
    vectors++;
  }
  CheckClaims(folder / "refused");
  Check(vectors >= 20, "at least 20 vectors in the folder");
  std::printf("%d checks on %d vectors, %d failed\n", checks, vectors, failures);
  return failures == 0 ? 0 : 1;
}
