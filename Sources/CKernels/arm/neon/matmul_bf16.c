// Linear layers with bf16 weights, NEON.
#if defined(__aarch64__)

#include "begin.h"

#pragma STDC FP_CONTRACT OFF

#define SK_MATMUL SK_NAME(matmul_bf16)
#define SK_WEIGHT uint16_t
#define SK_LOAD_WEIGHTS lanes_load_bf16
#include "../../lanes/matmul.h"
#include "end.h"

#endif
