// Quantized linear layers, NEON.
#if defined(__aarch64__)

#include "begin.h"

#pragma STDC FP_CONTRACT OFF

#include "../../lanes/quantized.h"
#include "end.h"

#endif
