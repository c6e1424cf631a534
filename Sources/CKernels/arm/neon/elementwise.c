// Residuals and activations, NEON.
#if defined(__aarch64__)

#include "begin.h"

#pragma STDC FP_CONTRACT OFF

#include "../../lanes/elementwise.h"
#include "end.h"

#endif
