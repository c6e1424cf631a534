// Rotary positions, AVX-512.
#if defined(__x86_64__)

#include "begin.h"

#pragma STDC FP_CONTRACT OFF

#include "../../lanes/rope.h"
#include "end.h"

#endif
