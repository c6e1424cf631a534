// Weights from their stored form into tiles, NEON.
#if defined(__aarch64__)

#include "begin.h"

#pragma STDC FP_CONTRACT OFF

#include "../packing.h"
#include "end.h"

#endif
