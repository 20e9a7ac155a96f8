// Initial frequencies (formats/container/src/codecs/records/priors.ts is where they are specified).
#ifndef WEIGHTFOLD_CODECS_RECORDS_PRIORS_H_
#define WEIGHTFOLD_CODECS_RECORDS_PRIORS_H_

#include "contexts.h"

namespace weightfold {

constexpr char kPriorDigits[kPriors][17] = {
    "fffebbefecc44444", "ffecdaffddc44444", "ffeddbefddc44444", "fffecdffebd55555", "ffeeccfffdd55555",
    "fffeecfffee55555", "ff3ecaf3d9a33333", "ff3ca9e3d8733333", "fe3e9ad3c9633333", "fe2c82e2aa222222",
    "ff2972d2a7a22222", "fe1997c177111111", "fe3e96d3db733333", "fe2975b2c8622222", "fc2d95c2c7222222",
    "fdfbecfbbbebdded", "dfedcfbccfbbeddc", "fdccfcbbeb9dbedc", "dfeecebeccaccddc", "eefe7cbfbbc9feee",
    "bbfbadf7abe9dddb", "cfd88fc8aea9eefd", "fcd9ebc9cabccbdc", "edaf5b7aa76cbbbb", "cbfd7af387b89ab9",
    "cfc93ec38c35d9aa", "ddfbcab6b97aaacb", "ef11111111111111", "ffdd222222222222", "dedfeebb33333333",
    "ffccfedeeedbdede", "fddd222222222222", "fdeedfcded9ccacd", "eccefeddbba94444", "5abdfddedbbba988",
    "ccffdfedfebacb85", "e7deeffffffeeddb", "56ffffffffeeccba", "fe11111111111111", "fb00000000000000",
    "fa9a000000000000", "facafab922222222", "fabbfa99f799e99b", "ff11111111111111", "ffef333333333333",
    "ffedeeef44444444", "efffecedddddddee", "edefeeddceeddcdc", "fdfeedeeddeedcdd", "edeffdeddeedefed",
    "fedeedcddccbdcdc", "fffeceeceeddebbc", "ffaebdbdddccacbc", "defbddfdccdecccd", "efdecebb99333333",
    "feedfdecfdedfeed", "fedcdcdddccccbcc", "ffeddddcddddccdc", "fffedeeedcdddddc", "dccfcbbcbacbbbcb",
    "eddefeeeeddddede", "eeedfeeddddddded", "ddcdddfeccdccccd", "ddddddfedccdccdd", "feedeeeeeeededed",
    "edeeeeeefeddeddd", "feeeedeeeefeedee", "eeeeeedeedfefeee", "ffefeffeeeeffffe", "eedeeefefeeefffe",
    "effeeeeefeeeeeee", "fedeedeeeeeddeff", "ffffeeeeeeeeeeee", "feefeedddddededf", "eeeffeffdddedeee",
    "cbcccdfebbbbbbbc", "feefeeeeeeeeeeef", "efeedddddddceedf", "effffeeeeeededed", "fdedfdedfeededdd",
    "fdddedddedddeeee", "fffefeeefeeeeddd", "feeefeedeeedfeee", "edeefdededededdf", "efeeffeeefddfefe",
    "edeefeeddddcdccd", "feeefdededededed", "edddfdededededed", "fdeefeedededfddd", "edeefdeeedeeffee",
    "feedfdeeedeefdee", "feeefdeeeeedfeee", "feedfdededfdfded", "ddddedddddededef",
};

}  // namespace weightfold

#endif  // WEIGHTFOLD_CODECS_RECORDS_PRIORS_H_
