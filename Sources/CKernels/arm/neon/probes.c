// Yardsticks, NEON.
#if defined(__aarch64__)

#include "begin.h"

#pragma STDC FP_CONTRACT OFF

#include "../../lanes/probes.h"
#include "end.h"

#endif
