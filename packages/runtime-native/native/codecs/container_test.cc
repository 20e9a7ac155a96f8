// Decodes the conformance vectors and checks that damaged ones are refused. Usage: container_test
// [N], where N leaves out all damage but one of N: for emulators.
// Fuzzing, for bench:fuzz: container_test FROM TO SEED FILE.wfz makes mutations FROM to TO - 1 of a seed,
// prints a line of JSON about them, and fails when one is neither refused nor decoded to the original.
#include "container.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "codec.h"
#include "test_mutations.h"

namespace {

using weightfold::ContainerInfo;
using weightfold::DecodeError;
using weightfold::FileBytes;

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

bool Decode(const FileBytes& file, FileBytes* original, DecodeError* error) {
  constexpr size_t kLimit = size_t{1} << 24;
  weightfold::Outcome outcome;
  weightfold::Decode(file, kLimit, &outcome);
  *original = outcome.original;
  *error = outcome.error;
  return outcome.decoded;
}

void CheckRefused(const FileBytes& file, const std::string& what) {
  FileBytes original;
  DecodeError error;
  Check(!Decode(file, &original, &error), what + " is refused");
  Check(error.code != nullptr && error.message[0] != '\0', what + " has a code and a message");
}

// Every flipped bit of small files, and about two thousand of larger ones; every cut, or about five hundred.
// Of these, one of `thinning`.
void CheckDamage(const FileBytes& file, const std::string& name, int thinning) {
  const size_t flip_step = std::max<size_t>(1, file.size() * 8 / 2000) * static_cast<size_t>(thinning);
  for (size_t bit = 0; bit < file.size() * 8; bit += flip_step) {
    FileBytes damaged = file;
    damaged[bit / 8] ^= static_cast<uint8_t>(1u << bit % 8);
    CheckRefused(damaged, name + " with bit " + std::to_string(bit) + " flipped");
  }
  const size_t cut_step = std::max<size_t>(1, file.size() / 500) * static_cast<size_t>(thinning);
  for (size_t size = 0; size < file.size(); size += cut_step) {
    CheckRefused(FileBytes(file.begin(), file.begin() + static_cast<ptrdiff_t>(size)),
                 name + " cut to " + std::to_string(size));
  }
  FileBytes longer = file;
  longer.push_back(0);
  CheckRefused(longer, name + " with a byte after its end");
}

// Decodes with memory and scratch of these sizes at an offset from where allocations begin.
bool DecodeWithin(const FileBytes& file, size_t offset, size_t memory_size, size_t scratch_size,
                  FileBytes* original, DecodeError* error) {
  const std::unique_ptr<uint8_t[]> memory(new uint8_t[offset + memory_size]);
  const std::unique_ptr<uint8_t[]> scratch(new uint8_t[offset + scratch_size]);
  const wfz_file* opened;
  return wfz_open(file.data(), file.size(), memory.get() + offset, memory_size, &opened, error) &&
         wfz_decode(opened, original->data(), original->size(), scratch.get() + offset, scratch_size, error);
}

// The sizes that are asked for suffice at any alignment. With less, decoding says so, or did not need it.
void CheckMemory(const FileBytes& file, const FileBytes& expected, const std::string& name) {
  ContainerInfo info;
  DecodeError error = {};
  const wfz_file* opened;
  if (!wfz_read_info(file.data(), file.size(), &info, &error)) return;
  const std::unique_ptr<uint8_t[]> memory(new uint8_t[info.memory_size]);
  if (!wfz_open(file.data(), file.size(), memory.get(), info.memory_size, &opened, &error)) return;
  const size_t needed = wfz_scratch_size(opened);
  FileBytes original(expected.size());
  for (size_t offset = 1; offset < 64; offset += 9) {
    const bool decoded = DecodeWithin(file, offset, info.memory_size, needed, &original, &error);
    Check(decoded && original == expected, name + ": memory at offset " + std::to_string(offset));
  }
  for (size_t part = 0; part < 32; part++) {
    for (const bool less_memory : {true, false}) {
      const size_t memory_size = less_memory ? info.memory_size * part / 32 : info.memory_size;
      const size_t scratch_size = less_memory ? needed : needed * part / 32;
      const bool decoded = DecodeWithin(file, part, memory_size, scratch_size, &original, &error);
      Check(decoded ? original == expected : std::strcmp(error.code, "BAD_ARGUMENT") == 0,
            name + ": " + std::to_string(part) + "/32 of what is needed: " + error.message);
    }
  }
}

struct Fuzzed {
  int cases = 0;
  int decoded = 0;
  double slowest_ms = 0;
  size_t largest = 0;
};

// Nothing may be read or written out of bounds (the sanitizer build says so), what is accepted must be the
// original, and time and memory stay within what SPEC.md promises ("Limits").
void CheckCase(const FileBytes& damaged, const FileBytes& expected, const std::string& name, Fuzzed* fuzzed) {
  const size_t limit = 4 * expected.size() + (1 << 20);
  weightfold::Outcome outcome;
  weightfold::Decode(damaged, limit, &outcome);
  fuzzed->cases++;
  fuzzed->decoded += outcome.decoded;
  fuzzed->slowest_ms = std::max(fuzzed->slowest_ms, outcome.milliseconds);
  fuzzed->largest = std::max(fuzzed->largest, outcome.largest);
  if (outcome.decoded) {
    Check(outcome.original == expected, name + ": another original accepted");
  } else {
    Check(outcome.error.code != nullptr && outcome.error.message[0] != '\0', name + ": a code and a message");
  }
  // Tables of the original's bytes, a block's staged bytes and output, and the codecs' scratch twice: tables
  // and blocks.
  const size_t most = 2 * limit + 2 * weightfold::kCodecScratch + (size_t{64} << 20);
  Check(outcome.largest <= most, name + ": memory " + std::to_string(outcome.largest));
  const double most_ms = 2000 + static_cast<double>(damaged.size());
  Check(outcome.milliseconds <= most_ms, name + ": took " + std::to_string(outcome.milliseconds) + " ms");
}

// Mutations `from` to `to` of a file, every third of them of its twin with a table that is not coded.
Fuzzed CheckMutations(const FileBytes& file, const FileBytes& expected, const std::string& name,
                      uint32_t seed, int from, int to) {
  Fuzzed fuzzed;
  weightfold::Parts parts, plain;
  if (!weightfold::Split(file, &parts)) return fuzzed;
  const bool twin = weightfold::SplitWithPlainTable(file, &plain);
  if (twin) CheckCase(weightfold::Join(plain), expected, name + " with a plain table", &fuzzed);
  Check(!twin || fuzzed.decoded == 1, name + " with a plain table is decoded");
  for (int i = from; i < to; i++) {
    const auto& whole = twin && i % 3 == 0 ? plain : parts;
    const std::string label = name + " mutated, seed " + std::to_string(seed) + ", case " + std::to_string(i);
    CheckCase(weightfold::MutatedCase(whole, seed, static_cast<uint32_t>(i)), expected, label, &fuzzed);
  }
  return fuzzed;
}

int Fuzz(int from, int to, uint32_t seed, const char* path) {
  const FileBytes file = ReadFile(path);
  FileBytes expected;
  DecodeError error;
  Check(Decode(file, &expected, &error), std::string(path) + ": " + error.message);
  const Fuzzed fuzzed = CheckMutations(file, expected, path, seed, from, to);
  std::printf("{\"cases\": %d, \"decoded\": %d, \"slowestMs\": %.2f, \"largestBytes\": %zu}\n", fuzzed.cases,
              fuzzed.decoded, fuzzed.slowest_ms, fuzzed.largest);
  return failures == 0 ? 0 : 1;
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

// Where blocks have no checksums of their own, nothing is opened before the file's is right.
void CheckOpening(const std::filesystem::path& folder) {
  for (const char* name : {"no-block-checksums.wfz", "records-table.wfz"}) {
    FileBytes file = ReadFile(folder / name);
    file[file.size() - 5] ^= 1;
    ContainerInfo info;
    DecodeError error = {};
    const wfz_file* opened;
    Check(wfz_read_info(file.data(), file.size(), &info, &error), std::string(name) + ": header is read");
    const std::unique_ptr<uint8_t[]> memory(new uint8_t[info.memory_size]);
    const bool opens = wfz_open(file.data(), file.size(), memory.get(), info.memory_size, &opened, &error);
    const bool refused = !opens && std::strstr(error.message, "file checksum") != nullptr;
    Check(std::strcmp(name, "records-table.wfz") == 0 ? opens : refused,
          std::string(name) + ": damage in a block, when opened");
  }
}

}  // namespace

int main(int count, char** arguments) {
  if (count == 5) {
    return Fuzz(std::atoi(arguments[1]), std::atoi(arguments[2]),
                static_cast<uint32_t>(std::atoi(arguments[3])), arguments[4]);
  }
  const int thinning = count == 2 ? std::max(1, std::atoi(arguments[1])) : 1;
  std::filesystem::path folder;
#if defined(WEIGHTFOLD_VECTORS_DIR)
  folder = WEIGHTFOLD_VECTORS_DIR;
#elif defined(WEIGHTFOLD_SOURCE_DIR)
  folder = std::filesystem::path(WEIGHTFOLD_SOURCE_DIR) / "../../formats/container/vectors";
#endif
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
    CheckMemory(file, expected, name);
    CheckDamage(file, name, thinning);
    CheckMutations(file, expected, name, 1, 0, 1000 / thinning);
    vectors++;
  }
  for (const auto& entry : std::filesystem::directory_iterator(folder / "refused")) {
    CheckRefused(ReadFile(entry.path()), "refused/" + entry.path().stem().string());
    vectors++;
  }
  CheckClaims(folder / "refused");
  CheckOpening(folder);
  Check(vectors >= 20, "at least 20 vectors in the folder");
  std::printf("%d checks on %d vectors, %d failed\n", checks, vectors, failures);
  return failures == 0 ? 0 : 1;
}
