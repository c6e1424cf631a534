// Quantized linear layers, NEON with dot products.
#if defined(__aarch64__)

#include "begin.h"

#pragma STDC FP_CONTRACT OFF

#include "../../lanes/quantized.h"
#include "../neon/end.h"

#endif
