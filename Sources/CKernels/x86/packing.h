/// Weights from their stored form into tiles, by transposing squares of 8 x 8.
#include "../reference/halves.h"


/// Eight stored elements from `index` on, widened; the first n of them if n < 8, then +0.
static inline __m256 load_stored(const char *source, enum sk_storage storage, size_t index, size_t n) {
    const size_t width = storage == SK_STORAGE_F32 ? 4 : 2;
    char copy[32] = {0};
    const char *p = source + index * width;
    if (n < 8) {
        memcpy(copy, p, n * width);
        p = copy;
    }
    switch (storage) {
    case SK_STORAGE_BF16: return load_bf16((const uint16_t *)(const void *)p);
    case SK_STORAGE_F16: return load_f16((const uint16_t *)(const void *)p);
    default: return _mm256_loadu_ps((const float *)(const void *)p);
    }
}

static inline void transpose8(__m256 r[8]) {
    __m256 s[8], t[8];
    for (int i = 0; i < 8; i += 2) {
        s[i] = _mm256_unpacklo_ps(r[i], r[i + 1]);
        s[i + 1] = _mm256_unpackhi_ps(r[i], r[i + 1]);
    }
    for (int i = 0; i < 8; i += 4) {
        t[i] = _mm256_shuffle_ps(s[i], s[i + 2], 0x44);
        t[i + 1] = _mm256_shuffle_ps(s[i], s[i + 2], 0xee);
        t[i + 2] = _mm256_shuffle_ps(s[i + 1], s[i + 3], 0x44);
        t[i + 3] = _mm256_shuffle_ps(s[i + 1], s[i + 3], 0xee);
    }
    for (int i = 0; i < 4; i++) {
        r[i] = _mm256_permute2f128_ps(t[i], t[i + 4], 0x20);
        r[i + 4] = _mm256_permute2f128_ps(t[i], t[i + 4], 0x31);
    }
}

void SK_NAME(pack_rows_f32)(
    const void *restrict source, enum sk_storage storage, size_t source_stride, size_t row_count,
    size_t depth, float *restrict tile) {
    for (size_t k = 0; k < depth; k += 8) {
        const size_t n = depth - k < 8 ? depth - k : 8;
        for (size_t row = 0; row < SK_TILE_OUTPUTS; row += 8) {
            __m256 square[8];
            for (size_t i = 0; i < 8; i++) {
                square[i] = row + i < row_count
                                ? load_stored(source, storage, (row + i) * source_stride + k, n)
                                : _mm256_setzero_ps();
            }
            transpose8(square);
            for (size_t i = 0; i < n; i++) {
                _mm256_storeu_ps(tile + (k + i) * SK_TILE_OUTPUTS + row, square[i]);
            }
        }
    }
}

void SK_NAME(pack_columns_f32)(
    const void *restrict source, enum sk_storage storage, size_t source_stride, size_t row_count,
    size_t depth, float *restrict tile) {
    for (size_t k = 0; k < depth; k++) {
        for (size_t row = 0; row < SK_TILE_OUTPUTS; row += 8) {
            const size_t n = row < row_count ? row_count - row : 0;
            const __m256 x = n > 0 ? load_stored(source, storage, k * source_stride + row, n)
                                   : _mm256_setzero_ps();
            _mm256_storeu_ps(tile + k * SK_TILE_OUTPUTS + row, x);
        }
    }
}

void SK_NAME(widen_f32)(
    const void *restrict source, enum sk_storage storage, size_t count, float *restrict y) {
    for (size_t i = 0; i < count; i += 8) {
        const __m256 x = load_stored(source, storage, i, count - i);
        if (count - i >= 8) {
            _mm256_storeu_ps(y + i, x);
        } else {
            float copy[8];
            _mm256_storeu_ps(copy, x);
            memcpy(y + i, copy, (count - i) * sizeof *y);
        }
    }
}

void SK_NAME(narrow_tile_bf16)(const float *restrict tile, size_t depth, uint16_t *restrict narrow) {
    for (size_t i = 0; i < depth * SK_TILE_OUTPUTS; i++) narrow[i] = bf16_of_f32(tile[i]);
}
