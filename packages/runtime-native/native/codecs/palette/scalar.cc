#include "palettes.h"

namespace weightfold {

void MapRanksScalar(const uint8_t* entries, uint32_t last, uint8_t* data, size_t length) {
  for (size_t i = 0; i < length; i++) data[i] = entries[data[i] < last ? data[i] : last];
}

}  // namespace weightfold
