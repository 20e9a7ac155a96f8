// The order in which threads take blocks.
#ifndef WEIGHTFOLD_CODECS_WORK_ORDER_H_
#define WEIGHTFOLD_CODECS_WORK_ORDER_H_

#include "table.h"

namespace weightfold {

// order: `count` indices of blocks, afterwards those with the most work first; of equal work, in order of the
// indices.
void SortByWork(const Block* blocks, uint32_t* order, uint32_t count);

}  // namespace weightfold

#endif  // WEIGHTFOLD_CODECS_WORK_ORDER_H_
