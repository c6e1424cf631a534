// Linear layers, NEON.
#if defined(__aarch64__)

#include "begin.h"

#pragma STDC FP_CONTRACT OFF

#define SK_MATMUL SK_NAME(matmul_f32)
#define SK_WEIGHT float
#define SK_LOAD_WEIGHTS lanes_load
#include "../../lanes/matmul.h"
#include "end.h"

#endif
