#include "addon/kept_memory.h"

#include <new>

namespace weightfold {
namespace {

constexpr size_t kMostKept = size_t{1} << 20;

thread_local Memory kept[KeptMemory::kUses];

}  // namespace

Memory Allocate(size_t size) {
  Memory memory(std::malloc(size));
  if (!memory) throw std::bad_alloc();
  return memory;
}

KeptMemory::KeptMemory(Use use, size_t size) {
  Memory* memory = size > kMostKept ? &own_ : &kept[use];
  if (!*memory) *memory = Allocate(size > kMostKept ? size : kMostKept);
  data_ = memory->get();
}

}  // namespace weightfold
