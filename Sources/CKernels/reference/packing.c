// Weights from their stored form into tiles, one element at a time.
#include "../operations.h"
#include "halves.h"

#pragma STDC FP_CONTRACT OFF

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

void sk_scalar_narrow_tile_bf16(const float *restrict tile, size_t depth, uint16_t *restrict narrow) {
    for (size_t i = 0; i < depth * SK_TILE_OUTPUTS; i++) narrow[i] = bf16_of_f32(tile[i]);
}
