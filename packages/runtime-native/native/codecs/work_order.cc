#include "work_order.h"

namespace weightfold {
namespace {

bool Before(const Block* blocks, uint32_t a, uint32_t b) {
  if (blocks[a].work != blocks[b].work) return blocks[a].work > blocks[b].work;
  return a < b;
}

void Swap(uint32_t* order, uint32_t i, uint32_t j) {
  const uint32_t kept = order[i];
  order[i] = order[j];
  order[j] = kept;
}

// Restores the heap below place i: what is latest in the order is at the top.
void Sink(const Block* blocks, uint32_t* order, uint32_t i, uint32_t count) {
  for (uint32_t child = 2 * i + 1; child < count; i = child, child = 2 * i + 1) {
    if (child + 1 < count && Before(blocks, order[child], order[child + 1])) child++;
    if (!Before(blocks, order[i], order[child])) return;
    Swap(order, i, child);
  }
}

}  // namespace

// Heap sort (Williams, 1964): needs no memory, and no more time whatever the sizes are.
void SortByWork(const Block* blocks, uint32_t* order, uint32_t count) {
  for (uint32_t i = 0; i < count; i++) order[i] = i;
  for (uint32_t i = count / 2; i > 0; i--) Sink(blocks, order, i - 1, count);
  for (uint32_t end = count; end > 1; end--) {
    Swap(order, 0, end - 1);
    Sink(blocks, order, 0, end - 1);
  }
}

}  // namespace weightfold
