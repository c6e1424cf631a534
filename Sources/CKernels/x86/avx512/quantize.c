// Weights and activations from f32 to codes, AVX-512.
#if defined(__x86_64__)

#include "begin.h"

#pragma STDC FP_CONTRACT OFF

#include "../../lanes/quantize.h"
#include "end.h"

#endif
