// RMSNorm and LayerNorm, NEON.
#if defined(__aarch64__)

#include "begin.h"

#pragma STDC FP_CONTRACT OFF

#include "../../lanes/norms.h"
#include "end.h"

#endif
