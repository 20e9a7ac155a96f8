// Portable version: four bytes at a time. A value moves up by 0 to 3 bytes to its place; for each of these
// distances there is a mask of the places that it serves.
#include "../common/reader.h"
#include "expand.h"

namespace weightfold {
namespace {

struct Places {
  uint32_t by_distance[4] = {};
  uint32_t center = 0;
  uint32_t values = 0;
};

struct PlaceTable {
  Places nibble[16];
  constexpr PlaceTable() : nibble() {
    for (int mask = 0; mask < 16; mask++) {
      Places& places = nibble[mask];
      for (uint32_t place = 0; place < 4; place++) {
        const uint32_t byte = 255u << 8 * place;
        if (mask >> place & 1) {
          places.by_distance[place - places.values] |= byte;
          places.values++;
        } else {
          places.center |= byte;
        }
      }
    }
  }
};
constexpr PlaceTable kPlaces;

inline void ExpandFour(uint32_t mask, const uint8_t** others, uint32_t center, uint8_t* out) {
  const Places& places = kPlaces.nibble[mask];
  const uint32_t values = LoadLittle32(*others);
  const uint32_t near = (values & places.by_distance[0]) | (values << 8 & places.by_distance[1]);
  const uint32_t far = (values << 16 & places.by_distance[2]) | (values << 24 & places.by_distance[3]);
  StoreLittle32(out, near | far | (center & places.center));
  *others += places.values;
}

}  // namespace

void ExpandScalar(const uint8_t* bitmap, const uint8_t* others, uint8_t center, uint8_t* out, size_t groups) {
  const uint32_t centers = center * 0x01010101u;
  for (size_t i = 0; i < groups * 8; i++) {
    ExpandFour(bitmap[i] & 15, &others, centers, out + 8 * i);
    ExpandFour(bitmap[i] >> 4, &others, centers, out + 8 * i + 4);
  }
}

}  // namespace weightfold
