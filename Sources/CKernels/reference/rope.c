// Rotary positions in the rotate-half layout: two products, each rounded, then one sum.
#include "../operations.h"

#pragma STDC FP_CONTRACT OFF

void sk_scalar_rope_f32(
    float *restrict x, size_t head_stride, size_t head_count, size_t rotary_dim, const float *restrict cosine,
    const float *restrict sine) {
    const size_t half = rotary_dim / 2;
    for (size_t head = 0; head < head_count; head++, x += head_stride) {
        for (size_t i = 0; i < half; i++) {
            const float first = x[i], second = x[i + half];
            x[i] = first * cosine[i] + -second * sine[i];
            x[i + half] = second * cosine[i] + first * sine[i];
        }
    }
}
