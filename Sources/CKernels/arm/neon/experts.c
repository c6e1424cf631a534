// Choosing experts, NEON.
#if defined(__aarch64__)

#include "begin.h"

#pragma STDC FP_CONTRACT OFF

#include "../../experts.h"
#include "../../lanes/experts.h"
#include "end.h"

#endif
