// The input of the first layer.
#include "../operations.h"

#pragma STDC FP_CONTRACT OFF

void sk_scalar_embed_f32(
    const float *restrict row, const float *restrict position_row, size_t count, float *restrict y) {
    for (size_t i = 0; i < count; i++) y[i] = position_row != NULL ? row[i] + position_row[i] : row[i];
}
