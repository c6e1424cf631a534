/// The 16 virtual lanes of numerics.md as one AVX-512 register; opens the region whose functions use AVX-512.
///
/// A file of this folder is: begin.h, the operation's body from ../../lanes, end.h.
#include "../../operations.h"

#include <immintrin.h>
#include <string.h>

#pragma STDC FP_CONTRACT OFF
#if defined(SK_HAS_VNNI)
#pragma clang attribute push( \
    __attribute__((target("avx512f,avx512dq,avx512bw,avx512vl,avx512vnni,avx2,fma,f16c"))), apply_to = function)
#define SK_NAME(NAME) sk_avx512vnni_##NAME
#else
#pragma clang attribute push( \
    __attribute__((target("avx512f,avx512dq,avx512bw,avx512vl,avx2,fma,f16c"))), apply_to = function)
#define SK_NAME(NAME) sk_avx512_##NAME
#endif

/// 16 f32.
typedef __m512 lanes;
/// 16 truth values.
typedef __mmask16 lane_mask;

static inline lanes lanes_set(float x) { return _mm512_set1_ps(x); }
static inline lanes lanes_zero(void) { return _mm512_setzero_ps(); }
static inline lanes lanes_load(const float *p) { return _mm512_loadu_ps(p); }
static inline void lanes_store(float *p, lanes x) { _mm512_storeu_ps(p, x); }

/// The truth of the first n lanes, n <= 16.
static inline lane_mask lanes_first(size_t n) { return (lane_mask)((1u << n) - 1); }

/// The first n elements, +0 in the other lanes; reads nothing past them.
static inline lanes lanes_load_first(const float *p, size_t n) {
    return _mm512_maskz_loadu_ps(lanes_first(n), p);
}

/// Stores the first n lanes and touches nothing past them.
static inline void lanes_store_first(float *p, size_t n, lanes x) {
    _mm512_mask_storeu_ps(p, lanes_first(n), x);
}

static inline lanes lanes_add(lanes a, lanes b) { return _mm512_add_ps(a, b); }
static inline lanes lanes_subtract(lanes a, lanes b) { return _mm512_sub_ps(a, b); }
static inline lanes lanes_multiply(lanes a, lanes b) { return _mm512_mul_ps(a, b); }
static inline lanes lanes_divide(lanes a, lanes b) { return _mm512_div_ps(a, b); }
static inline lanes lanes_fma(lanes a, lanes b, lanes c) { return _mm512_fmadd_ps(a, b, c); }

/// a > b ? a : b; b if either is a NaN.
static inline lanes lanes_maximum(lanes a, lanes b) { return _mm512_max_ps(a, b); }
/// a < b ? a : b; b if either is a NaN.
static inline lanes lanes_minimum(lanes a, lanes b) { return _mm512_min_ps(a, b); }

static inline lane_mask lanes_less(lanes a, lanes b) { return _mm512_cmp_ps_mask(a, b, _CMP_LT_OQ); }
static inline lanes lanes_select(lane_mask mask, lanes yes, lanes no) {
    return _mm512_mask_blend_ps(mask, no, yes);
}
/// Bit j is lane j's truth.
static inline uint32_t lanes_bits(lane_mask mask) { return mask; }

static inline lanes lanes_magnitude(lanes x) { return _mm512_andnot_ps(_mm512_set1_ps(-0.0f), x); }
/// A magnitude with the signs of x.
static inline lanes lanes_with_sign(lanes magnitude, lanes x) {
    return _mm512_or_ps(magnitude, _mm512_and_ps(x, _mm512_set1_ps(-0.0f)));
}
/// Exclusive or of the bits.
static inline lanes lanes_xor(lanes a, lanes b) { return _mm512_xor_ps(a, b); }

/// Two factors whose product is 2^n, n the integer in the low bits of 0x1.8p23 + n; see exp1 in reference/.
static inline void lanes_powers(lanes shifted, lanes *first, lanes *second) {
    const __m512i bias = _mm512_set1_epi32(127);
    const __m512i whole = _mm512_sub_epi32(_mm512_castps_si512(shifted), _mm512_set1_epi32(0x4b400000));
    const __m512i half = _mm512_srai_epi32(whole, 1);
    const __m512i rest = _mm512_sub_epi32(whole, half);
    *first = _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_add_epi32(half, bias), 23));
    *second = _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_add_epi32(rest, bias), 23));
}

static inline __m256 lanes_low(lanes x) { return _mm512_castps512_ps256(x); }
static inline __m256 lanes_high(lanes x) { return _mm512_extractf32x8_ps(x, 1); }

// MARK: Codes

/// 16 f32 out of f16, exactly; any alignment.
static inline lanes lanes_load_f16(const uint16_t *p) {
    return _mm512_cvtph_ps(_mm256_loadu_si256((const __m256i *)(const void *)p));
}
/// 16 f32 out of bf16, exactly; any alignment.
static inline lanes lanes_load_bf16(const uint16_t *p) {
    const __m512i wide = _mm512_cvtepu16_epi32(_mm256_loadu_si256((const __m256i *)(const void *)p));
    return _mm512_castsi512_ps(_mm512_slli_epi32(wide, 16));
}
/// Stores 16 f32 as f16, rounded to nearest even; any alignment.
static inline void lanes_store_f16(uint16_t *p, lanes x) {
    _mm256_storeu_si256((__m256i *)(void *)p, _mm512_cvtps_ph(x, _MM_FROUND_TO_NEAREST_INT));
}
/// 16 f32 out of signed bytes, exactly; any alignment.
static inline lanes lanes_load_i8(const int8_t *p) {
    return _mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(_mm_loadu_si128((const __m128i *)(const void *)p)));
}
/// Stores the lowest byte of every lane.
static inline void lanes_store_bytes(void *p, lanes x) {
    _mm_storeu_si128((__m128i *)p, _mm512_cvtepi32_epi8(_mm512_castps_si512(x)));
}

/// 16 int32.
typedef __m512i ints;
/// 64 unsigned codes: 16 outputs of four inputs each.
typedef __m512i codes;

static inline ints ints_set(int32_t x) { return _mm512_set1_epi32(x); }
static inline ints ints_load_bytes(const uint8_t *p) {
    return _mm512_cvtepu8_epi32(_mm_loadu_si128((const __m128i *)(const void *)p));
}
static inline ints ints_multiply(ints a, ints b) { return _mm512_mullo_epi32(a, b); }
static inline lanes lanes_of_ints(ints x) { return _mm512_cvtepi32_ps(x); }

static inline codes codes_load(const uint8_t *p) { return _mm512_loadu_si512(p); }
static inline void codes_store(uint8_t *p, codes x) { _mm512_storeu_si512(p, x); }
/// The low and the high halves of all bytes.
static inline codes codes_low(codes x) { return _mm512_and_si512(x, _mm512_set1_epi8(15)); }
static inline codes codes_high(codes x) {
    return _mm512_and_si512(_mm512_srli_epi16(x, 4), _mm512_set1_epi8(15));
}

/// Adds, output by output, the products of four codes and four activation codes (the bytes of `x`). The wide one takes
/// codes of 8 bits less 128 - SK_WIDE_ZERO, the narrow one codes of 4 bits.
#if defined(SK_HAS_VNNI)
#define SK_WIDE_ZERO 128
static inline ints ints_dot_wide(ints sum, codes w, uint32_t x) {
    return _mm512_dpbusd_epi32(sum, w, _mm512_set1_epi32((int)x));
}
static inline ints ints_dot_narrow(ints sum, codes w, uint32_t x) { return ints_dot_wide(sum, w, x); }
#else
#define SK_WIDE_ZERO 0
static inline ints ints_dot_wide(ints sum, codes w, uint32_t x) {
    const __m512i weight = _mm512_xor_si512(w, _mm512_set1_epi8((char)0x80));
    const __m512i activation = _mm512_set1_epi32((int)x);
    // Signs go to the activations, so that no pair of products exceeds 2 x 128 x 127.
    const __m512i signed_activation = _mm512_mask_sub_epi8(
        activation, _mm512_movepi8_mask(weight), _mm512_setzero_si512(), activation);
    const __m512i pairs = _mm512_maddubs_epi16(_mm512_abs_epi8(weight), signed_activation);
    return _mm512_add_epi32(sum, _mm512_madd_epi16(pairs, _mm512_set1_epi16(1)));
}
static inline ints ints_dot_narrow(ints sum, codes w, uint32_t x) {
    const __m512i pairs = _mm512_maddubs_epi16(w, _mm512_set1_epi32((int)x));
    return _mm512_add_epi32(sum, _mm512_madd_epi16(pairs, _mm512_set1_epi16(1)));
}
#endif

/// Forms of the quantized matmul's blocks: 24 sums, four vectors of codes and one activation in 32 registers.
#define SK_QUANTIZED_ROWS 6
#define SK_QUANTIZED_VECTORS 4
#define SK_QUANTIZED_TALL_ROWS 12
#define SK_QUANTIZED_TALL_VECTORS 2
/// Rows up to which wide blocks are better than tall ones for codes of 4 bits.
#define SK_QUANTIZED_HALVES_ROWS 4
/// Independent chains of the dot probe.
#define SK_DOT_CHAINS 16

/// Forms of the matmul's blocks: 24 sums, the weights and one activation stay in 32 registers.
#define SK_WIDE_ROWS 6
#define SK_WIDE_VECTORS 4
/// Vectors that one row alone takes.
#define SK_SINGLE_VECTORS 4
/// Tiles that several rows read side by side, as streams of memory; 1 is one after the other.
#define SK_STREAM_TILES 1
#define SK_TALL_ROWS 12
#define SK_TALL_VECTORS 2
/// Above this row count wide blocks are better again: the weights come from cache.
#define SK_TALL_ROW_COUNT_MAX 12
/// Blocking of attention: rows x 16-wide vectors.
#define SK_ATTENTION_GROUP 8
#define SK_ATTENTION_VECTORS 2
/// Independent chains of the FMA probe.
#define SK_PROBE_CHAINS 12

#include "../sums.h"
