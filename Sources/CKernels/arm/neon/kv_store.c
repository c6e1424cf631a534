// Keys and values into their block, NEON.
#if defined(__aarch64__)

#include "begin.h"

#pragma STDC FP_CONTRACT OFF

#include "../../lanes/kv_store.h"
#include "end.h"

#endif
