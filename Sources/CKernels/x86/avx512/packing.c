// Weights from their stored form into tiles, AVX-512.
#if defined(__x86_64__)

#include "begin.h"

#pragma STDC FP_CONTRACT OFF

#include "../packing.h"
#include "end.h"

#endif
