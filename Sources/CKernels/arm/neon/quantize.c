// Weights and activations from f32 to codes, NEON.
#if defined(__aarch64__)

#include "begin.h"

#pragma STDC FP_CONTRACT OFF

#include "../../lanes/quantize.h"
#include "end.h"

#endif
