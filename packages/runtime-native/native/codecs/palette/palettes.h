// Palettes of channels as tables from ranks to bytes.
#ifndef WEIGHTFOLD_CODECS_PALETTE_PALETTES_H_
#define WEIGHTFOLD_CODECS_PALETTE_PALETTES_H_

#include "../common/reader.h"

namespace weightfold {

// Bytes behind the tables that may be read.
constexpr size_t kPalettePadding = 64;

// The table of a channel: the byte of rank r is entries[first + min(r, last)].
struct Palette {
  uint32_t first;
  uint32_t last;
};

struct Palettes {
  Palette* channels;
  size_t count;
  uint8_t* entries;
};

constexpr uint32_t kMostSteps = 128;

// Steps of one side, ascending from the center.
struct PaletteSteps {
  uint32_t count;
  uint8_t step[kMostSteps];
};

// How palettes are coded: bits 5 and 6 of a block's head.
enum PaletteForm : uint32_t { kNumbers = 0, kShared = 1, kTokens = 2 };

// Reads the palettes of `count` channels from `side`. steps: most steps that all of them may have together.
bool ReadPalettes(Bytes side, PaletteForm form, uint32_t center, size_t count, uint32_t steps,
                  Scratch* scratch, Palettes* palettes, DecodeError* error);

// Scratch that ReadPalettes takes: what it keeps, and what is free again when it returns.
struct PaletteMemory {
  size_t kept;
  size_t passing;
};
PaletteMemory PalettesScratch(size_t count, uint32_t steps, PaletteForm form);

// Writes the table of a channel and returns the last rank of it.
uint32_t WritePaletteTable(const PaletteSteps& above, const PaletteSteps& below, uint32_t center,
                           uint8_t* entries);

// Palettes in the form kShared. False when scratch does not suffice; *good: whether the bytes are.
bool ReadSharedPalettes(Bytes side, uint32_t center, uint32_t steps, Scratch scratch, Palettes* palettes,
                        bool* good, DecodeError* error);
size_t SharedPalettesScratch(size_t count, uint32_t steps);

// Replaces the ranks of one channel by bytes. entries: its table, of which 64 bytes may be read.
using MapRanksFunction = void (*)(const uint8_t* entries, uint32_t last, uint8_t* data, size_t length);

void MapRanksScalar(const uint8_t* entries, uint32_t last, uint8_t* data, size_t length);
void MapRanksAvx2(const uint8_t* entries, uint32_t last, uint8_t* data, size_t length);
void MapRanksNeon(const uint8_t* entries, uint32_t last, uint8_t* data, size_t length);

}  // namespace weightfold

#endif  // WEIGHTFOLD_CODECS_PALETTE_PALETTES_H_
