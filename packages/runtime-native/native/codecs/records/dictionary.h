// What stands before the first byte (formats/container/src/codecs/records/dictionary.ts is where it is specified).
#ifndef WEIGHTFOLD_CODECS_RECORDS_DICTIONARY_H_
#define WEIGHTFOLD_CODECS_RECORDS_DICTIONARY_H_

#include <cstddef>
#include <cstdint>

namespace weightfold {

constexpr size_t kDictionarySize = 64;
constexpr uint8_t kDictionary[kDictionarySize] = {
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
};

}  // namespace weightfold

#endif  // WEIGHTFOLD_CODECS_RECORDS_DICTIONARY_H_
