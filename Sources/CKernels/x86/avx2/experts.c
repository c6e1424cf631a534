// Choosing experts, AVX2.
#if defined(__x86_64__)

#include "begin.h"

#pragma STDC FP_CONTRACT OFF

#include "../../experts.h"
#include "../../lanes/experts.h"
#include "end.h"

#endif
