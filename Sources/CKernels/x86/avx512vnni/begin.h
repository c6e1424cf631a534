/// As ../avx512/begin.h, with products of codes by AVX-512 VNNI; opens the region whose functions use it.
#define SK_HAS_VNNI

#include "../avx512/begin.h"
