// Instructions that CPUs ignore. The runner has them around each op, and a plugin of QEMU, which sees them,
// counts what is executed between them (plugin.cc).
#pragma once
#include <cstdint>

namespace weightfold {

struct Marker {
  uint8_t size;
  uint8_t bytes[7];
};

// Hints that have no meaning, and a NOP whose address means nothing.
constexpr Marker kArmBegin = {4, {0xbf, 0x2f, 0x03, 0xd5}};                    // hint #0x7d
constexpr Marker kArmEnd = {4, {0xdf, 0x2f, 0x03, 0xd5}};                      // hint #0x7e
constexpr Marker kX86Begin = {7, {0x0f, 0x1f, 0x80, 0x7d, 0x57, 0x46, 0x00}};  // nopl 0x46577d(%rax)
constexpr Marker kX86End = {7, {0x0f, 0x1f, 0x80, 0x7e, 0x57, 0x46, 0x00}};    // nopl 0x46577e(%rax)

#if defined(__aarch64__)
#define WEIGHTFOLD_MARKERS
inline void MarkBegin() { __asm__ volatile("hint #0x7d" ::: "memory"); }
inline void MarkEnd() { __asm__ volatile("hint #0x7e" ::: "memory"); }
#elif defined(__x86_64__)
#define WEIGHTFOLD_MARKERS
inline void MarkBegin() { __asm__ volatile("nopl 0x46577d(%%rax)" ::: "memory"); }
inline void MarkEnd() { __asm__ volatile("nopl 0x46577e(%%rax)" ::: "memory"); }
#endif

}  // namespace weightfold
