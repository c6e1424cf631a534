// One position's key and value into its block, one number at a time.
#include "../operations.h"
#include "halves.h"
#include "quantization.h"

#pragma STDC FP_CONTRACT OFF

static bool is_finite(float x) { return (bits_of(x) & 0x7f800000) != 0x7f800000; }

/// The f16 of a number: cut off at 65504, what is not finite the NaN without a sign.
static uint16_t stored_half(float x) {
    if (!is_finite(x)) return 0x7e00;
    return f16_of_f32(x > 65504.0f ? 65504.0f : x < -65504.0f ? -65504.0f : x);
}

/// What the codes of a vector are multiplied by, and what its numbers are multiplied by to become codes.
static float find_scale(const float *x, size_t count, float *inverse) {
    float largest = 0.0f;
    *inverse = 0.0f;
    for (size_t i = 0; i < count; i++) {
        if (!is_finite(x[i])) return float_of(0x7fc00000);
        const float magnitude = float_of(bits_of(x[i]) & 0x7fffffff);
        if (magnitude > largest) largest = magnitude;
    }
    if (largest < 0x1p-100f) return 0.0f;
    *inverse = 127.0f / largest;
    return largest / 127.0f;
}

/// Stores a vector `stride` elements from number to number, beginning with element `first` of a matrix.
static void store(
    const float *x, size_t head_dim, enum sk_kv_type type, size_t position, size_t first, size_t stride, void *matrix) {
    float inverse = 0.0f;
    if (type == SK_KV_INT8) {
        float *scales = (float *)(void *)((char *)matrix + head_dim * SK_KV_BLOCK_POSITIONS);
        scales[position] = find_scale(x, head_dim, &inverse);
    }
    for (size_t d = 0; d < head_dim; d++) {
        const size_t i = first + d * stride;
        switch (type) {
        case SK_KV_F16: ((uint16_t *)matrix)[i] = stored_half(x[d]); break;
        case SK_KV_INT8: {
            const float shifted = inverse == 0.0f ? SK_ROUND_TO_INTEGER : x[d] * inverse + SK_ROUND_TO_INTEGER;
            ((int8_t *)matrix)[i] = (int8_t)(shifted - SK_ROUND_TO_INTEGER);
            break;
        }
        default: ((float *)matrix)[i] = x[d];
        }
    }
}

void sk_scalar_kv_store(
    const float *restrict key, const float *restrict value, size_t head_dim, enum sk_kv_type type,
    size_t position_in_block, void *restrict key_block, void *restrict value_block) {
    store(key, head_dim, type, position_in_block, position_in_block, SK_KV_BLOCK_POSITIONS, key_block);
    store(value, head_dim, type, position_in_block, position_in_block * head_dim, 1, value_block);
}
