// The command line of weightfold-runner.
#pragma once
#include <cstdint>

namespace weightfold {

struct Arguments {
  const char* command = nullptr;
  const char* plan = nullptr;
  const char* input = nullptr;
  const char* output = nullptr;
  const char* isa = nullptr;
  uint64_t threads = 1, rounds = 1, runs = 1, batch = 1, warm_ms = 0, ms = 1000, windows = 1;
};

// False when there is a word that no command knows, or a number beyond its limits.
bool ReadArguments(int count, char** words, Arguments* arguments);

}  // namespace weightfold
