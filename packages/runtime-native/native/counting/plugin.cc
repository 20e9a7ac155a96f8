// A plugin of QEMU's user emulation that counts what a program for arm64 or x86-64 executes between pairs of
// marker instructions, which weightfold-runner puts around each op. For each pair it writes a line into
// QEMU's log: instructions, bytes loaded, bytes stored. One thread only.
#include <cinttypes>
#include <cstdint>
#include <cstdio>
#include <cstring>

#include "counting/markers.h"

// What is used of QEMU's plugin interface, version 1 (docs/devel/tcg-plugins.rst of QEMU 7.2): Debian's
// qemu-user comes without its header.
extern "C" {
using qemu_plugin_id_t = uint64_t;
using qemu_plugin_meminfo_t = uint32_t;
struct qemu_info_t;
struct qemu_plugin_tb;
struct qemu_plugin_insn;
enum qemu_plugin_cb_flags { QEMU_PLUGIN_CB_NO_REGS };
enum qemu_plugin_mem_rw { QEMU_PLUGIN_MEM_R = 1, QEMU_PLUGIN_MEM_W, QEMU_PLUGIN_MEM_RW };
void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t, void (*)(qemu_plugin_id_t, qemu_plugin_tb*));
void qemu_plugin_register_vcpu_insn_exec_cb(qemu_plugin_insn*, void (*)(unsigned, void*),
                                            qemu_plugin_cb_flags, void*);
void qemu_plugin_register_vcpu_mem_cb(qemu_plugin_insn*,
                                      void (*)(unsigned, qemu_plugin_meminfo_t, uint64_t, void*),
                                      qemu_plugin_cb_flags, qemu_plugin_mem_rw, void*);
size_t qemu_plugin_insn_size(const qemu_plugin_insn*);
size_t qemu_plugin_tb_n_insns(const qemu_plugin_tb*);
qemu_plugin_insn* qemu_plugin_tb_get_insn(const qemu_plugin_tb*, size_t);
const void* qemu_plugin_insn_data(const qemu_plugin_insn*);
unsigned qemu_plugin_mem_size_shift(qemu_plugin_meminfo_t);
bool qemu_plugin_mem_is_store(qemu_plugin_meminfo_t);
void qemu_plugin_outs(const char*);
}

namespace {

using weightfold::Marker;

struct Counts {
  uint64_t instructions, loaded, stored;
} counts;

void Begin(unsigned, void*) { counts = {}; }

void End(unsigned, void*) {
  char line[128];
  std::snprintf(line, sizeof(line), "op %" PRIu64 " %" PRIu64 " %" PRIu64 "\n", counts.instructions,
                counts.loaded, counts.stored);
  qemu_plugin_outs(line);
}

void CountInstruction(unsigned, void*) { ++counts.instructions; }

void CountBytes(unsigned, qemu_plugin_meminfo_t info, uint64_t, void*) {
  const uint64_t bytes = uint64_t{1} << qemu_plugin_mem_size_shift(info);
  (qemu_plugin_mem_is_store(info) ? counts.stored : counts.loaded) += bytes;
}

bool Is(qemu_plugin_insn* instruction, const Marker& arm, const Marker& x86) {
  const void* bytes = qemu_plugin_insn_data(instruction);
  const size_t size = qemu_plugin_insn_size(instruction);
  const Marker& marker = size == arm.size ? arm : x86;
  return size == marker.size && std::memcmp(bytes, marker.bytes, size) == 0;
}

// Callbacks rather than inline counters, whose filter by loads and stores is wrong in QEMU 7.2.
void Translate(qemu_plugin_id_t, qemu_plugin_tb* block) {
  const size_t count = qemu_plugin_tb_n_insns(block);
  for (size_t i = 0; i < count; ++i) {
    qemu_plugin_insn* instruction = qemu_plugin_tb_get_insn(block, i);
    const bool begins = Is(instruction, weightfold::kArmBegin, weightfold::kX86Begin);
    const bool ends = Is(instruction, weightfold::kArmEnd, weightfold::kX86End);
    const auto callback = begins ? Begin : ends ? End : CountInstruction;
    qemu_plugin_register_vcpu_insn_exec_cb(instruction, callback, QEMU_PLUGIN_CB_NO_REGS, nullptr);
    qemu_plugin_register_vcpu_mem_cb(instruction, CountBytes, QEMU_PLUGIN_CB_NO_REGS, QEMU_PLUGIN_MEM_RW,
                                     nullptr);
  }
}

}  // namespace

#pragma GCC visibility push(default)
extern "C" {
int qemu_plugin_version = 1;

int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t*, int, char**) {
  qemu_plugin_register_vcpu_tb_trans_cb(id, Translate);
  return 0;
}
}
#pragma GCC visibility pop
