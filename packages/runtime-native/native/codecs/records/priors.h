// Initial frequencies (formats/container/src/codecs/records/priors.ts is where they are specified).
#ifndef WEIGHTFOLD_CODECS_RECORDS_PRIORS_H_
#define WEIGHTFOLD_CODECS_RECORDS_PRIORS_H_

#include "contexts.h"

namespace weightfold {

constexpr char kPriorDigits[kPriors][17] = {
    "ffeecbffeba44444", "fdd997decb533333", "fefdbaefdcb44444", "ffffddfffcc55555", "ffeecbefeb944444",
    "ffffedfffcb55555", "ff4fecf4eba44444", "ff3da8e3c7533333", "fe2ca9d2b9722222", "ff3ca9e3ba833333",
    "ff2978d2a8622222", "fe2b87b297722222", "ff3ea6e3ea533333", "fe1a76b1a5311111", "fe2c87a2c7222222",
    "edfcedfbcbfbeeed", "bfdccfcdcfbaeedc", "fdeefdcbeaaccdcc", "ddceeecfeecdcedd", "ccdd6cbe8bcceeff",
    "b8fc8cf6baeaeeec", "afd88fd79eb7eeed", "e9c8fcc7dbcedcfe", "db9f6a9b874cabba", "b9fa6af478b78aa8",
    "bfc82cb25c25aa78", "cbf9ddb6c89998ba", "df11111111111111", "ffde222222222222", "efdeeebc33333333",
    "efccefdcddcbcecd", "fddc611111111111", "feedcedddcbccccd", "deceffeddbd44444", "48cdfdccc9aba863",
    "b6fecfeceddccb96", "e6ddeffffffffdca", "57ffeffffeddcba7", "f000000000000000", "ff11111111111111",
    "fb98000000000000", "f9aafb9922222222", "eaabeabaf9a8e9ab", "ff11111111111111", "ffff333333333333",
    "fffddede44444444", "fefffefeedeeeddd", "eeeddefdddccdcdd", "fcedeeddddedccdd", "eeeeffeeedeeeded",
    "ffefeeeeeedddddd", "feeedfeedddddcdd", "feddcebcabb9aa9a", "efedafe4949bb944", "ffffffffffffffff",
    "feedfdfdfeedfefd", "fedccccccbbbbbbb", "ffdccccbccbbcbbb", "eefecdddbbcbcbbb", "cacfba99a99999aa",
    "edeefedddcccdccd", "ddddffedccccddcc", "eddddeffcccccccc", "dddcccfedbbcabcc", "feeefeefeeddecdd",
    "eeedeedefeeddccd", "eeeeeeeedfffeddd", "edddeddddcfeeddc", "eedeefeeeeefffed", "deecdeeeedcdffed",
    "eedddeeeeddddffe", "ecccccdddcdccdef", "fffeeeeeeeeeeeee", "eddedcccbccdcddf", "eddfdceecccddddf",
    "dbddbcfeababbbbe", "fddedccddddddddf", "ffeddddcdddcddcd", "dffefdedeeedecdd", "fdedfdedfeededdd",
    "fcdcecdcebdbeddc", "effefeededddeddd", "feedfcddeddcecdd", "fcedfcdcecdbebde", "ededfdededdcfded",
    "eaedfcdceccad9cd", "fedbebdbebdbebdb", "ececfcebececfcdc", "ebecfcdcebdbfbdb", "ebebfbecfcecfded",
    "fdecfcecececfcdc", "fcdcfcedecedfcec", "fcecfcedecedfced", "ecdcecdcededfeff",
};

}  // namespace weightfold

#endif  // WEIGHTFOLD_CODECS_RECORDS_PRIORS_H_
