// Every compiled version of the context decoder gives the same symbols, whatever the bits are: noise is
// decoded with random parameters, among them tables so small that contexts share slots.
#include <cstdio>
#include <vector>

#include "../test_random.h"
#include "base/cpu.h"
#include "model.h"

namespace {

using namespace weightfold;

constexpr size_t kKnown = 50;

ContextParameters RandomParameters() {
  ContextParameters parameters = {};
  parameters.bits = 1 + Next() % 8;
  parameters.table_bits = 8 + Next() % 10;
  parameters.rate = 1 + Next() % 64;
  parameters.period = 1 + Next() % 64;
  parameters.minimum_match = Next() % 8;
  parameters.context_count = 1 + Next() % kMaximumContexts;
  for (uint32_t c = 0; c < parameters.context_count; c++) {
    ContextSpec* context = &parameters.contexts[c];
    context->term_count = Next() % 5;
    for (uint32_t t = 0; t < context->term_count; t++) {
      const TermKind kind = static_cast<TermKind>(Next() % 4);
      context->terms[t] = {kind, 1 + Next() % (kind == kDerivedTerm ? kDerivedValues - 1 : 20), Next() % 8};
    }
  }
  return parameters;
}

std::vector<uint8_t> Decode(DecodeSymbolsFunction decode, const ContextParameters& parameters,
                            const std::vector<uint8_t>& noise, std::vector<uint8_t>* memory) {
  std::vector<uint8_t> out(2048, 0);
  Scratch scratch(memory->data(), memory->size());
  static ContextModel model;
  if (!model.Init(&parameters, &scratch)) return {};
  BinaryDecoder coder({noise.data(), noise.size(), 0});
  for (size_t i = 0; i < kKnown; i++) out[i] = static_cast<uint8_t>(i * 7 % (1u << parameters.bits));
  decode(&model, &coder, out.data(), kKnown, out.size());
  return out;
}

}  // namespace

int main() {
  std::vector<DecodeSymbolsFunction> versions;
#if defined(__x86_64__)
  if (CpuFeatures() & kCpuAvx2) versions.push_back(DecodeSymbolsAvx2);
#endif
  std::vector<uint8_t> memory(kCodecScratch);
  int failures = 0;
  for (int round = 0; round < 60; round++) {
    const ContextParameters parameters = RandomParameters();
    std::vector<uint8_t> noise(4096);
    // Runs of one byte, so that counts and logits reach their ends as well.
    for (uint8_t& byte : noise)
      byte = static_cast<uint8_t>(round % 3 == 0 ? 0 : round % 3 == 1 ? Next() : 255);
    const auto expected = Decode(DecodeSymbolsScalar, parameters, noise, &memory);
    if (expected.empty()) failures++;
    for (DecodeSymbolsFunction version : versions) {
      if (Decode(version, parameters, noise, &memory) == expected) continue;
      std::printf("FAILED: round %d gives other symbols than the portable version\n", round);
      failures++;
    }
  }
  std::printf("%zu versions beside the portable one, %d failures\n", versions.size(), failures);
  return failures == 0 ? 0 : 1;
}
