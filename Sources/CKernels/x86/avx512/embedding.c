// The input of the first layer, AVX-512.
#if defined(__x86_64__)

#include "begin.h"

#pragma STDC FP_CONTRACT OFF

#include "../../lanes/embedding.h"
#include "end.h"

#endif
