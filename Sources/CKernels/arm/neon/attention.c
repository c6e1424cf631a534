// Attention over a paged cache, NEON.
#if defined(__aarch64__)

#include "begin.h"

#pragma STDC FP_CONTRACT OFF

#include "../../lanes/attention.h"
#include "end.h"

#endif
