/// The 16 virtual lanes of numerics.md as two AVX registers; opens the region whose functions use AVX2.
///
/// A file of this folder is: begin.h, the operation's body from ../../lanes, end.h.
#include "../../operations.h"

#include <immintrin.h>
#include <string.h>

#pragma STDC FP_CONTRACT OFF
#pragma clang attribute push(__attribute__((target("avx2,fma,f16c"))), apply_to = function)

#define SK_NAME(NAME) sk_avx2_##NAME

/// 16 f32: lanes 0 ... 7 and 8 ... 15.
typedef struct {
    __m256 low, high;
} lanes;
/// 16 truth values, all bits of an element set or clear.
typedef lanes lane_mask;

/// The same function on both halves.
#define SK_HALVES(CALL_LOW, CALL_HIGH) ((lanes){(CALL_LOW), (CALL_HIGH)})

static inline lanes lanes_set(float x) { return SK_HALVES(_mm256_set1_ps(x), _mm256_set1_ps(x)); }
static inline lanes lanes_zero(void) { return SK_HALVES(_mm256_setzero_ps(), _mm256_setzero_ps()); }
static inline lanes lanes_load(const float *p) {
    return SK_HALVES(_mm256_loadu_ps(p), _mm256_loadu_ps(p + 8));
}
static inline void lanes_store(float *p, lanes x) {
    _mm256_storeu_ps(p, x.low);
    _mm256_storeu_ps(p + 8, x.high);
}

/// The truth of the first n lanes, n <= 16.
static inline lane_mask lanes_first(size_t n) {
    const __m256i index = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
    const __m256i low = _mm256_cmpgt_epi32(_mm256_set1_epi32((int)n), index);
    const __m256i high = _mm256_cmpgt_epi32(_mm256_set1_epi32((int)n - 8), index);
    return SK_HALVES(_mm256_castsi256_ps(low), _mm256_castsi256_ps(high));
}

/// The first n elements, +0 in the other lanes; reads nothing past them.
static inline lanes lanes_load_first(const float *p, size_t n) {
    const lane_mask mask = lanes_first(n);
    return SK_HALVES(
        _mm256_maskload_ps(p, _mm256_castps_si256(mask.low)),
        _mm256_maskload_ps(p + 8, _mm256_castps_si256(mask.high)));
}

/// Stores the first n lanes and touches nothing past them.
static inline void lanes_store_first(float *p, size_t n, lanes x) {
    const lane_mask mask = lanes_first(n);
    _mm256_maskstore_ps(p, _mm256_castps_si256(mask.low), x.low);
    _mm256_maskstore_ps(p + 8, _mm256_castps_si256(mask.high), x.high);
}

static inline lanes lanes_add(lanes a, lanes b) {
    return SK_HALVES(_mm256_add_ps(a.low, b.low), _mm256_add_ps(a.high, b.high));
}
static inline lanes lanes_subtract(lanes a, lanes b) {
    return SK_HALVES(_mm256_sub_ps(a.low, b.low), _mm256_sub_ps(a.high, b.high));
}
static inline lanes lanes_multiply(lanes a, lanes b) {
    return SK_HALVES(_mm256_mul_ps(a.low, b.low), _mm256_mul_ps(a.high, b.high));
}
static inline lanes lanes_divide(lanes a, lanes b) {
    return SK_HALVES(_mm256_div_ps(a.low, b.low), _mm256_div_ps(a.high, b.high));
}
static inline lanes lanes_fma(lanes a, lanes b, lanes c) {
    return SK_HALVES(_mm256_fmadd_ps(a.low, b.low, c.low), _mm256_fmadd_ps(a.high, b.high, c.high));
}

/// a > b ? a : b; b if either is a NaN.
static inline lanes lanes_maximum(lanes a, lanes b) {
    return SK_HALVES(_mm256_max_ps(a.low, b.low), _mm256_max_ps(a.high, b.high));
}
/// a < b ? a : b; b if either is a NaN.
static inline lanes lanes_minimum(lanes a, lanes b) {
    return SK_HALVES(_mm256_min_ps(a.low, b.low), _mm256_min_ps(a.high, b.high));
}

static inline lane_mask lanes_less(lanes a, lanes b) {
    return SK_HALVES(
        _mm256_cmp_ps(a.low, b.low, _CMP_LT_OQ), _mm256_cmp_ps(a.high, b.high, _CMP_LT_OQ));
}
static inline lanes lanes_select(lane_mask mask, lanes yes, lanes no) {
    return SK_HALVES(
        _mm256_blendv_ps(no.low, yes.low, mask.low), _mm256_blendv_ps(no.high, yes.high, mask.high));
}
/// Bit j is lane j's truth.
static inline uint32_t lanes_bits(lane_mask mask) {
    return (uint32_t)_mm256_movemask_ps(mask.low) | (uint32_t)_mm256_movemask_ps(mask.high) << 8;
}

static inline lanes lanes_magnitude(lanes x) {
    const __m256 sign = _mm256_set1_ps(-0.0f);
    return SK_HALVES(_mm256_andnot_ps(sign, x.low), _mm256_andnot_ps(sign, x.high));
}
/// A magnitude with the signs of x.
static inline lanes lanes_with_sign(lanes magnitude, lanes x) {
    const __m256 sign = _mm256_set1_ps(-0.0f);
    return SK_HALVES(
        _mm256_or_ps(magnitude.low, _mm256_and_ps(x.low, sign)),
        _mm256_or_ps(magnitude.high, _mm256_and_ps(x.high, sign)));
}
/// Exclusive or of the bits.
static inline lanes lanes_xor(lanes a, lanes b) {
    return SK_HALVES(_mm256_xor_ps(a.low, b.low), _mm256_xor_ps(a.high, b.high));
}

/// Two factors whose product is 2^n, n the integer in the low bits of 0x1.8p23 + n, for eight lanes.
static inline void half_powers(__m256 shifted, __m256 *first, __m256 *second) {
    const __m256i bias = _mm256_set1_epi32(127);
    const __m256i whole = _mm256_sub_epi32(_mm256_castps_si256(shifted), _mm256_set1_epi32(0x4b400000));
    const __m256i half = _mm256_srai_epi32(whole, 1);
    const __m256i rest = _mm256_sub_epi32(whole, half);
    *first = _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_add_epi32(half, bias), 23));
    *second = _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_add_epi32(rest, bias), 23));
}

/// As half_powers, for 16 lanes; see exp1 in reference/.
static inline void lanes_powers(lanes shifted, lanes *first, lanes *second) {
    half_powers(shifted.low, &first->low, &second->low);
    half_powers(shifted.high, &first->high, &second->high);
}

static inline __m256 lanes_low(lanes x) { return x.low; }
static inline __m256 lanes_high(lanes x) { return x.high; }

// MARK: Codes

static inline __m256 half_of_bf16(const uint16_t *p) {
    const __m256i wide = _mm256_cvtepu16_epi32(_mm_loadu_si128((const __m128i *)(const void *)p));
    return _mm256_castsi256_ps(_mm256_slli_epi32(wide, 16));
}
static inline __m256 half_of_f16(const uint16_t *p) {
    return _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)(const void *)p));
}
/// 16 f32 out of f16, exactly; any alignment.
static inline lanes lanes_load_f16(const uint16_t *p) { return SK_HALVES(half_of_f16(p), half_of_f16(p + 8)); }
/// 16 f32 out of bf16, exactly; any alignment.
static inline lanes lanes_load_bf16(const uint16_t *p) {
    return SK_HALVES(half_of_bf16(p), half_of_bf16(p + 8));
}
/// Stores 16 f32 as f16, rounded to nearest even; any alignment.
static inline void lanes_store_f16(uint16_t *p, lanes x) {
    _mm_storeu_si128((__m128i *)(void *)p, _mm256_cvtps_ph(x.low, _MM_FROUND_TO_NEAREST_INT));
    _mm_storeu_si128((__m128i *)(void *)(p + 8), _mm256_cvtps_ph(x.high, _MM_FROUND_TO_NEAREST_INT));
}
static inline __m256 half_of_i8(const int8_t *p) {
    return _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(_mm_loadl_epi64((const __m128i *)(const void *)p)));
}
/// 16 f32 out of signed bytes, exactly; any alignment.
static inline lanes lanes_load_i8(const int8_t *p) { return SK_HALVES(half_of_i8(p), half_of_i8(p + 8)); }
/// Stores the lowest byte of every lane.
static inline void lanes_store_bytes(void *p, lanes x) {
    const __m256i mask = _mm256_set1_epi32(255);
    const __m256i low = _mm256_and_si256(_mm256_castps_si256(x.low), mask);
    const __m256i high = _mm256_and_si256(_mm256_castps_si256(x.high), mask);
    const __m256i words = _mm256_permute4x64_epi64(_mm256_packus_epi32(low, high), 0xd8);
    const __m128i bytes = _mm_packus_epi16(_mm256_castsi256_si128(words), _mm256_extracti128_si256(words, 1));
    _mm_storeu_si128((__m128i *)p, bytes);
}

/// Forms of the matmul's blocks: 6 sums of two registers, the weights and one activation stay in 16
/// registers.
#define SK_WIDE_ROWS 2
#define SK_WIDE_VECTORS 2
/// Vectors that one row alone takes: three tiles; sums and the activation stay in registers, weights come from memory.
#define SK_SINGLE_VECTORS 6
/// Tiles that several rows read side by side, as streams of memory; 1 is one after the other.
#define SK_STREAM_TILES 4
#define SK_TALL_ROWS 6
#define SK_TALL_VECTORS 1
/// Tall blocks are better for any higher row count.
#define SK_TALL_ROW_COUNT_MAX SIZE_MAX
/// Blocking of attention: rows x 16-wide vectors.
#define SK_ATTENTION_GROUP 4
#define SK_ATTENTION_VECTORS 1
/// Independent chains of the FMA probe.
#define SK_PROBE_CHAINS 6

#include "../sums.h"
