// The input of the first layer, NEON.
#if defined(__aarch64__)

#include "begin.h"

#pragma STDC FP_CONTRACT OFF

#include "../../lanes/embedding.h"
#include "end.h"

#endif
