// Linear layers, numerics.md rule 1: per output one chain of fused multiply-adds over k ascending, from +0.
#include "../operations.h"
#include "functions.h"

#pragma STDC FP_CONTRACT OFF

void sk_scalar_matmul_f32(
    const float *restrict x, size_t x_stride, size_t row_count, size_t depth, const float *restrict tiles,
    size_t output_begin, size_t output_end, const float *restrict bias, float *restrict y, size_t y_stride) {
    for (size_t m = 0; m < row_count; m++) {
        for (size_t n = output_begin; n < output_end; n++) {
            const float *weights = sk_weights_of(tiles, n, depth);
            float sum = 0.0f;
            for (size_t k = 0; k < depth; k++) {
                sum = fma1(x[m * x_stride + k], weights[k * SK_TILE_OUTPUTS], sum);
            }
            y[m * y_stride + n - output_begin] = bias != NULL ? sum + bias[n] : sum;
        }
    }
}

void sk_scalar_matmul_bf16(
    const float *restrict x, size_t x_stride, size_t row_count, size_t depth, const uint16_t *restrict tiles,
    size_t output_begin, size_t output_end, const float *restrict bias, float *restrict y, size_t y_stride) {
    for (size_t m = 0; m < row_count; m++) {
        for (size_t n = output_begin; n < output_end; n++) {
            const uint16_t *weights = tiles + n / SK_TILE_OUTPUTS * depth * SK_TILE_OUTPUTS + n % SK_TILE_OUTPUTS;
            float sum = 0.0f;
            for (size_t k = 0; k < depth; k++) {
                const float weight = float_of((uint32_t)weights[k * SK_TILE_OUTPUTS] << 16);
                sum = fma1(x[m * x_stride + k], weight, sum);
            }
            y[m * y_stride + n - output_begin] = bias != NULL ? sum + bias[n] : sum;
        }
    }
}
