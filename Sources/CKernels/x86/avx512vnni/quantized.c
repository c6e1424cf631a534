// Quantized linear layers, AVX-512 VNNI.
#if defined(__x86_64__)

#include "begin.h"

#pragma STDC FP_CONTRACT OFF

#include "../../lanes/quantized.h"
#include "../avx512/end.h"

#endif
