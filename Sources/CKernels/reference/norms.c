// RMSNorm and LayerNorm; sums along a row by 16 lanes and the fixed tree (numerics.md rule 2).
#include "../operations.h"
#include "functions.h"

#pragma STDC FP_CONTRACT OFF

/// sqrt(x) by the instruction, not by the C library.
static float square_root(float x) {
#if defined(__clang__)
    return __builtin_elementwise_sqrt(x);
#else
    return __builtin_sqrtf(x);
#endif
}

static float inverse_root(float x) { return 1.0f / square_root(x); }

void sk_scalar_rms_norm_f32(
    const float *x, size_t x_stride, size_t row_count, size_t count, const float *restrict weight, float eps,
    float *y, size_t y_stride) {
    for (size_t m = 0; m < row_count; m++, x += x_stride, y += y_stride) {
        float squares[16] = {0};
        for (size_t i = 0; i < count; i++) squares[i % 16] = fma1(x[i], x[i], squares[i % 16]);
        const float scale = inverse_root(lane_sum(squares) / (float)count + eps);
        for (size_t i = 0; i < count; i++) y[i] = weight[i] * (x[i] * scale);
    }
}

void sk_scalar_layer_norm_f32(
    const float *x, size_t x_stride, size_t row_count, size_t count, const float *restrict weight,
    const float *restrict bias, float eps, float *y, size_t y_stride) {
    for (size_t m = 0; m < row_count; m++, x += x_stride, y += y_stride) {
        float sums[16] = {0}, squares[16] = {0};
        for (size_t i = 0; i < count; i++) sums[i % 16] = sums[i % 16] + x[i];
        const float mean = lane_sum(sums) / (float)count;
        for (size_t i = 0; i < count; i++) {
            const float d = x[i] - mean;
            squares[i % 16] = fma1(d, d, squares[i % 16]);
        }
        const float scale = inverse_root(lane_sum(squares) / (float)count + eps);
        for (size_t i = 0; i < count; i++) {
            y[i] = fma1((x[i] - mean) * scale, weight[i], bias != NULL ? bias[i] : 0.0f);
        }
    }
}
