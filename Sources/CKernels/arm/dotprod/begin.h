/// As ../neon/begin.h, with products of codes by the dot product instructions; opens the region whose functions use
/// them.
#define SK_HAS_DOTPROD

#include "../neon/begin.h"
