// The names that codecs use for what the public header (include/weightfold/wfz.h) defines.
#ifndef WEIGHTFOLD_CODECS_CONTAINER_H_
#define WEIGHTFOLD_CODECS_CONTAINER_H_

#include "../include/weightfold/wfz.h"

namespace weightfold {

using ContainerInfo = wfz_info;
using DecodeError = wfz_error;

}  // namespace weightfold

#endif  // WEIGHTFOLD_CODECS_CONTAINER_H_
