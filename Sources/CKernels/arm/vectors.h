/// The 16 virtual lanes of numerics.md as four NEON registers.

/// 16 f32: lanes 0 ... 3, 4 ... 7, 8 ... 11 and 12 ... 15.
typedef struct {
    float32x4_t quads[4];
} lanes;
/// 16 truth values, all bits of an element set or clear.
typedef struct {
    uint32x4_t quads[4];
} lane_mask;

/// The value X has with i = 0, 1, 2, 3, as the quads of a TYPE.
#define SK_QUADS(TYPE, X) ((TYPE){{X(0), X(1), X(2), X(3)}})

static inline lanes lanes_set(float x) {
#define SK_QUAD(i) vdupq_n_f32(x)
    return SK_QUADS(lanes, SK_QUAD);
#undef SK_QUAD
}
static inline lanes lanes_zero(void) { return lanes_set(0.0f); }
static inline lanes lanes_load(const float *p) {
#define SK_QUAD(i) vld1q_f32(p + 4 * i)
    return SK_QUADS(lanes, SK_QUAD);
#undef SK_QUAD
}
static inline void lanes_store(float *p, lanes x) {
    for (int i = 0; i < 4; i++) vst1q_f32(p + 4 * i, x.quads[i]);
}

/// The truth of the first n lanes, n <= 16.
static inline lane_mask lanes_first(size_t n) {
    static const uint32_t index[16] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
    const uint32x4_t end = vdupq_n_u32((uint32_t)n);
#define SK_QUAD(i) vcltq_u32(vld1q_u32(index + 4 * i), end)
    return SK_QUADS(lane_mask, SK_QUAD);
#undef SK_QUAD
}

/// The first n elements, +0 in the other lanes; reads nothing past them.
static inline lanes lanes_load_first(const float *p, size_t n) {
    float copy[16] = {0};
    for (size_t i = 0; i < n; i++) copy[i] = p[i];
    return lanes_load(copy);
}

/// Stores the first n lanes and touches nothing past them.
static inline void lanes_store_first(float *p, size_t n, lanes x) {
    float copy[16];
    lanes_store(copy, x);
    for (size_t i = 0; i < n; i++) p[i] = copy[i];
}

/// A function of two times 16 lanes out of one of two quads.
#define SK_BINARY(NAME, FUNCTION) \
    static inline lanes NAME(lanes a, lanes b) { \
        return (lanes){ \
            {FUNCTION(a.quads[0], b.quads[0]), FUNCTION(a.quads[1], b.quads[1]), \
             FUNCTION(a.quads[2], b.quads[2]), FUNCTION(a.quads[3], b.quads[3])}}; \
    }

SK_BINARY(lanes_add, vaddq_f32)
SK_BINARY(lanes_subtract, vsubq_f32)
SK_BINARY(lanes_multiply, vmulq_f32)
SK_BINARY(lanes_divide, vdivq_f32)

static inline lanes lanes_fma(lanes a, lanes b, lanes c) {
#define SK_QUAD(i) vfmaq_f32(c.quads[i], a.quads[i], b.quads[i])
    return SK_QUADS(lanes, SK_QUAD);
#undef SK_QUAD
}

// FMAX and FMIN treat NaN otherwise than max and min of x86, so it is a comparison and a selection.
static inline float32x4_t quad_maximum(float32x4_t a, float32x4_t b) { return vbslq_f32(vcgtq_f32(a, b), a, b); }
static inline float32x4_t quad_minimum(float32x4_t a, float32x4_t b) { return vbslq_f32(vcltq_f32(a, b), a, b); }

/// a > b ? a : b; b if either is a NaN.
SK_BINARY(lanes_maximum, quad_maximum)
/// a < b ? a : b; b if either is a NaN.
SK_BINARY(lanes_minimum, quad_minimum)

static inline lane_mask lanes_less(lanes a, lanes b) {
#define SK_QUAD(i) vcltq_f32(a.quads[i], b.quads[i])
    return SK_QUADS(lane_mask, SK_QUAD);
#undef SK_QUAD
}
static inline lanes lanes_select(lane_mask mask, lanes yes, lanes no) {
#define SK_QUAD(i) vbslq_f32(mask.quads[i], yes.quads[i], no.quads[i])
    return SK_QUADS(lanes, SK_QUAD);
#undef SK_QUAD
}
/// Bit j is lane j's truth.
static inline uint32_t lanes_bits(lane_mask mask) {
    static const uint32_t bits[16] = {1,       1 << 1, 1 << 2,  1 << 3,  1 << 4,  1 << 5,  1 << 6,  1 << 7,
                                      1 << 8,  1 << 9, 1 << 10, 1 << 11, 1 << 12, 1 << 13, 1 << 14, 1 << 15};
    uint32x4_t sum = vdupq_n_u32(0);
    for (int i = 0; i < 4; i++) sum = vorrq_u32(sum, vandq_u32(mask.quads[i], vld1q_u32(bits + 4 * i)));
    return vaddvq_u32(sum);
}

static inline lanes lanes_magnitude(lanes x) {
#define SK_QUAD(i) vabsq_f32(x.quads[i])
    return SK_QUADS(lanes, SK_QUAD);
#undef SK_QUAD
}
static inline float32x4_t quad_or(float32x4_t a, uint32x4_t b) {
    return vreinterpretq_f32_u32(vorrq_u32(vreinterpretq_u32_f32(a), b));
}
/// A magnitude with the signs of x.
static inline lanes lanes_with_sign(lanes magnitude, lanes x) {
    const uint32x4_t sign = vdupq_n_u32(0x80000000);
#define SK_QUAD(i) quad_or(magnitude.quads[i], vandq_u32(vreinterpretq_u32_f32(x.quads[i]), sign))
    return SK_QUADS(lanes, SK_QUAD);
#undef SK_QUAD
}
static inline float32x4_t quad_xor(float32x4_t a, float32x4_t b) {
    return vreinterpretq_f32_u32(veorq_u32(vreinterpretq_u32_f32(a), vreinterpretq_u32_f32(b)));
}
/// Exclusive or of the bits.
SK_BINARY(lanes_xor, quad_xor)

/// 2^n of whole numbers n.
static inline float32x4_t quad_power(int32x4_t n) {
    return vreinterpretq_f32_s32(vshlq_n_s32(vaddq_s32(n, vdupq_n_s32(127)), 23));
}
/// Two factors whose product is 2^n, n the integer in the low bits of 0x1.8p23 + n; see exp1 in reference/.
static inline void lanes_powers(lanes shifted, lanes *first, lanes *second) {
    for (int i = 0; i < 4; i++) {
        const int32x4_t whole = vsubq_s32(vreinterpretq_s32_f32(shifted.quads[i]), vdupq_n_s32(0x4b400000));
        const int32x4_t half = vshrq_n_s32(whole, 1);
        first->quads[i] = quad_power(half);
        second->quads[i] = quad_power(vsubq_s32(whole, half));
    }
}

/// Adds 16 lanes by the fixed tree: j with j + 8, then j + 4, j + 2, j + 1 (numerics.md rule 2).
static inline float lanes_sum(lanes x) {
    const float32x4_t low = vaddq_f32(x.quads[0], x.quads[2]), high = vaddq_f32(x.quads[1], x.quads[3]);
    const float32x4_t four = vaddq_f32(low, high);
    const float32x2_t two = vadd_f32(vget_low_f32(four), vget_high_f32(four));
    return vget_lane_f32(two, 0) + vget_lane_f32(two, 1);
}

/// The largest of 16 lanes that are no NaN.
static inline float lanes_largest(lanes x) {
    const float32x4_t low = vmaxq_f32(x.quads[0], x.quads[2]), high = vmaxq_f32(x.quads[1], x.quads[3]);
    return vmaxvq_f32(vmaxq_f32(low, high));
}

/// sqrt(x), one rounding.
static inline float square_root(float x) { return vget_lane_f32(vsqrt_f32(vdup_n_f32(x)), 0); }

#include "../lanes/up_to.h"
