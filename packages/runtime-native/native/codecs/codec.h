// What the codecs offer to the container: one decode function each.
#ifndef WEIGHTFOLD_CODECS_CODEC_H_
#define WEIGHTFOLD_CODECS_CODEC_H_

#include "common/error.h"
#include "common/reader.h"
#include "rans/shared_tables.h"

namespace weightfold {

// Decodes exactly `length` bytes to out. Scratch is only borrowed for the call.
using DecodeFunction = bool (*)(Bytes coded, uint8_t* out, size_t length, const Environment& environment,
                                Scratch scratch, DecodeError* error);

// Bytes of scratch that decoding takes, by what the coded bytes' header says; damaged ones may get any
// number, decoding refuses them.
using ScratchFunction = size_t (*)(Bytes coded, size_t length);

// Most bytes that any codec may give per coded byte.
constexpr uint32_t kMaximumExpansion = 4096;

// Its functions are null where a build leaves it out.
struct Codec {
  const char* name;
  // Most bytes that a block may hold per coded byte.
  uint32_t maximum_expansion;
  // Whether it may stand inside a palette, prediction or bitmap block.
  bool inner;
  DecodeFunction decode;
  ScratchFunction scratch;
  // Time per decoded byte, relative to the other codecs.
  uint32_t cost;
};

// Null and *error set when there is no codec with this id.
const Codec* FindCodec(uint32_t id, uint64_t offset, DecodeError* error);

// Scratch of a codec inside another; 0 for an id that may not stand there.
size_t InnerScratch(uint32_t id, Bytes coded, size_t length);

// Relative time that decoding takes, to hand out long work first.
uint64_t CodecWork(const Codec& codec, Bytes coded, size_t length);

bool DecodeRaw(Bytes coded, uint8_t* out, size_t length, const Environment& environment, Scratch scratch,
               DecodeError* error);
bool DecodeRans(Bytes coded, uint8_t* out, size_t length, const Environment& environment, Scratch scratch,
                DecodeError* error);
bool DecodeContext(Bytes coded, uint8_t* out, size_t length, const Environment& environment, Scratch scratch,
                   DecodeError* error);
bool DecodePalette(Bytes coded, uint8_t* out, size_t length, const Environment& environment, Scratch scratch,
                   DecodeError* error);
bool DecodeBits(Bytes coded, uint8_t* out, size_t length, const Environment& environment, Scratch scratch,
                DecodeError* error);
bool DecodeBitmap(Bytes coded, uint8_t* out, size_t length, const Environment& environment, Scratch scratch,
                  DecodeError* error);
bool DecodeIntegers(Bytes coded, uint8_t* out, size_t length, const Environment& environment, Scratch scratch,
                    DecodeError* error);
bool DecodeWeights(Bytes coded, uint8_t* out, size_t length, const Environment& environment, Scratch scratch,
                   DecodeError* error);
bool DecodeRecords(Bytes coded, uint8_t* out, size_t length, const Environment& environment, Scratch scratch,
                   DecodeError* error);
bool DecodePrediction(Bytes coded, uint8_t* out, size_t length, const Environment& environment,
                      Scratch scratch, DecodeError* error);

size_t RansScratch(Bytes coded, size_t length);
size_t ContextScratch(Bytes coded, size_t length);
size_t PaletteScratch(Bytes coded, size_t length);
size_t BitmapScratch(Bytes coded, size_t length);
size_t RecordsScratch(Bytes coded, size_t length);
size_t IntegersScratch(Bytes coded, size_t length);
size_t WeightsScratch(Bytes coded, size_t length);
size_t PredictionScratch(Bytes coded, size_t length);

// A build may leave codecs out (option WFZ_CODECS in CMakeLists.txt); their places stay.
#if defined(WFZ_WITHOUT_CONTEXT)
#define DecodeContext nullptr
#define ContextScratch nullptr
#endif
#if defined(WFZ_WITHOUT_WEIGHTS)
#define DecodeWeights nullptr
#define WeightsScratch nullptr
#endif

// Most scratch that any codec takes, palette and its inner codec together.
constexpr size_t kCodecScratch = size_t{26} << 20;

// Reads a class map: each class in the context of the one before it (SPEC.md, "Class maps").
class NumberDecoder;
bool ReadClasses(NumberDecoder* input, uint8_t* classes, size_t lines, uint32_t count, uint32_t first_context,
                 uint64_t offset, DecodeError* error);

}  // namespace weightfold

#endif  // WEIGHTFOLD_CODECS_CODEC_H_
