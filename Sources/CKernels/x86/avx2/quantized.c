// Quantized linear layers, AVX2.
#if defined(__x86_64__)

#include "begin.h"

#pragma STDC FP_CONTRACT OFF

#include "../../lanes/quantized.h"
#include "end.h"

#endif
