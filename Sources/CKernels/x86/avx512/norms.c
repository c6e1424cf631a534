// RMSNorm and LayerNorm, AVX-512.
#if defined(__x86_64__)

#include "begin.h"

#pragma STDC FP_CONTRACT OFF

#include "../../lanes/norms.h"
#include "end.h"

#endif
