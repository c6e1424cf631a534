// Reductions over logits, AVX2.
#if defined(__x86_64__)

#include "begin.h"

#pragma STDC FP_CONTRACT OFF

#include "../../lanes/vocabulary.h"
#include "end.h"

#endif
