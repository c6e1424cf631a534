/// What both x86 sets do alike once 16 lanes are two halves of eight.

/// Adds 16 lanes by the fixed tree: j with j + 8, then j + 4, j + 2, j + 1 (numerics.md rule 2).
static inline float lanes_sum(lanes x) {
    const __m256 eight = _mm256_add_ps(lanes_low(x), lanes_high(x));
    const __m128 four = _mm_add_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
    const __m128 two = _mm_add_ps(four, _mm_movehl_ps(four, four));
    return _mm_cvtss_f32(_mm_add_ss(two, _mm_movehdup_ps(two)));
}

/// The largest of 16 lanes that are no NaN.
static inline float lanes_largest(lanes x) {
    const __m256 eight = _mm256_max_ps(lanes_low(x), lanes_high(x));
    const __m128 four = _mm_max_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
    const __m128 two = _mm_max_ps(four, _mm_movehl_ps(four, four));
    return _mm_cvtss_f32(_mm_max_ss(two, _mm_movehdup_ps(two)));
}

/// sqrt(x), one rounding.
static inline float square_root(float x) { return _mm_cvtss_f32(_mm_sqrt_ss(_mm_set_ss(x))); }

/// Widens 8 bf16 or f16 at an unaligned address.
static inline __m256 load_bf16(const uint16_t *p) {
    const __m256i wide = _mm256_cvtepu16_epi32(_mm_loadu_si128((const __m128i *)p));
    return _mm256_castsi256_ps(_mm256_slli_epi32(wide, 16));
}
static inline __m256 load_f16(const uint16_t *p) {
    return _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)p));
}

#include "../lanes/up_to.h"
