// Reductions over logits, NEON.
#if defined(__aarch64__)

#include "begin.h"

#pragma STDC FP_CONTRACT OFF

#include "../../lanes/vocabulary.h"
#include "end.h"

#endif
