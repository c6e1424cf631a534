/// Weights from their stored form into tiles, by transposing squares of 4 x 4.
#include "../reference/halves.h"

/// Four stored elements from `index` on, widened; the first n of them if n < 4, then +0.
static inline float32x4_t load_stored(const char *source, enum sk_storage storage, size_t index, size_t n) {
    const size_t width = storage == SK_STORAGE_F32 ? 4 : 2;
    char copy[16] = {0};
    memcpy(copy, source + index * width, (n < 4 ? n : 4) * width);
    switch (storage) {
    case SK_STORAGE_BF16: return load_bf16(copy);
    case SK_STORAGE_F16: return load_f16(copy);
    default: return vreinterpretq_f32_u8(vld1q_u8((const uint8_t *)copy));
    }
}

static inline void transpose4(float32x4_t r[4]) {
    const float32x4x2_t top = vtrnq_f32(r[0], r[1]), bottom = vtrnq_f32(r[2], r[3]);
    for (int i = 0; i < 2; i++) {
        r[i] = vcombine_f32(vget_low_f32(top.val[i]), vget_low_f32(bottom.val[i]));
        r[i + 2] = vcombine_f32(vget_high_f32(top.val[i]), vget_high_f32(bottom.val[i]));
    }
}

void SK_NAME(pack_rows_f32)(
    const void *restrict source, enum sk_storage storage, size_t source_stride, size_t row_count,
    size_t depth, float *restrict tile) {
    for (size_t k = 0; k < depth; k += 4) {
        const size_t n = depth - k < 4 ? depth - k : 4;
        for (size_t row = 0; row < SK_TILE_OUTPUTS; row += 4) {
            float32x4_t square[4];
            for (size_t i = 0; i < 4; i++) {
                square[i] = row + i < row_count
                                ? load_stored(source, storage, (row + i) * source_stride + k, n)
                                : vdupq_n_f32(0.0f);
            }
            transpose4(square);
            for (size_t i = 0; i < n; i++) vst1q_f32(tile + (k + i) * SK_TILE_OUTPUTS + row, square[i]);
        }
    }
}

void SK_NAME(pack_columns_f32)(
    const void *restrict source, enum sk_storage storage, size_t source_stride, size_t row_count,
    size_t depth, float *restrict tile) {
    for (size_t k = 0; k < depth; k++) {
        for (size_t row = 0; row < SK_TILE_OUTPUTS; row += 4) {
            const size_t n = row < row_count ? row_count - row : 0;
            const float32x4_t x =
                n > 0 ? load_stored(source, storage, k * source_stride + row, n) : vdupq_n_f32(0.0f);
            vst1q_f32(tile + k * SK_TILE_OUTPUTS + row, x);
        }
    }
}

void SK_NAME(widen_f32)(
    const void *restrict source, enum sk_storage storage, size_t count, float *restrict y) {
    for (size_t i = 0; i < count; i += 4) {
        const float32x4_t x = load_stored(source, storage, i, count - i);
        if (count - i >= 4) {
            vst1q_f32(y + i, x);
        } else {
            float copy[4];
            vst1q_f32(copy, x);
            memcpy(y + i, copy, (count - i) * sizeof *y);
        }
    }
}

void SK_NAME(narrow_tile_bf16)(const float *restrict tile, size_t depth, uint16_t *restrict narrow) {
    for (size_t i = 0; i < depth * SK_TILE_OUTPUTS; i++) narrow[i] = bf16_of_f32(tile[i]);
}
