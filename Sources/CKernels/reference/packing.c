// Weights from their stored form into tiles, one element at a time.
#include "../operations.h"
#include "functions.h"

#pragma STDC FP_CONTRACT OFF

/// Widens an f16 exactly; a signalling NaN becomes quiet, as in hardware.
static float f32_of_f16(uint16_t half) {
    const uint32_t sign = (uint32_t)(half & 0x8000) << 16;
    const uint32_t exponent = half >> 10 & 0x1f;
    const uint32_t fraction = half & 0x3ff;
    if (exponent == 0) {
        const float magnitude = (float)fraction * 0x1p-24f;
        return float_of(bits_of(magnitude) | sign);
    }
    if (exponent == 31) {
        return float_of(sign | 0x7f800000 | fraction << 13 | (fraction != 0 ? 0x00400000 : 0));
    }
    return float_of(sign | (exponent + 112) << 23 | fraction << 13);
}

/// Element `index` of unaligned storage, widened.
static float load(const void *source, enum sk_storage storage, size_t index) {
    if (storage == SK_STORAGE_F32) {
        float x;
        memcpy(&x, (const char *)source + 4 * index, sizeof x);
        return x;
    }
    uint16_t half;
    memcpy(&half, (const char *)source + 2 * index, sizeof half);
    return storage == SK_STORAGE_BF16 ? float_of((uint32_t)half << 16) : f32_of_f16(half);
}

void sk_scalar_pack_rows_f32(
    const void *restrict source, enum sk_storage storage, size_t source_stride, size_t row_count,
    size_t depth, float *restrict tile) {
    for (size_t k = 0; k < depth; k++) {
        for (size_t n = 0; n < SK_TILE_OUTPUTS; n++) {
            const float weight = n < row_count ? load(source, storage, n * source_stride + k) : 0.0f;
            tile[k * SK_TILE_OUTPUTS + n] = weight;
        }
    }
}

void sk_scalar_pack_columns_f32(
    const void *restrict source, enum sk_storage storage, size_t source_stride, size_t row_count,
    size_t depth, float *restrict tile) {
    for (size_t k = 0; k < depth; k++) {
        for (size_t n = 0; n < SK_TILE_OUTPUTS; n++) {
            const float weight = n < row_count ? load(source, storage, k * source_stride + n) : 0.0f;
            tile[k * SK_TILE_OUTPUTS + n] = weight;
        }
    }
}

void sk_scalar_widen_f32(
    const void *restrict source, enum sk_storage storage, size_t count, float *restrict y) {
    for (size_t i = 0; i < count; i++) y[i] = load(source, storage, i);
}
