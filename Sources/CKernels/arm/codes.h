/// Stored weights and codes in NEON registers, and the products of codes.

/// Widens 4 bf16 or f16 at an unaligned address.
static inline float32x4_t load_bf16(const void *p) {
    uint16x4_t halves;
    memcpy(&halves, p, sizeof halves);
    return vreinterpretq_f32_u32(vshll_n_u16(halves, 16));
}
static inline float32x4_t load_f16(const void *p) {
    uint16x4_t halves;
    memcpy(&halves, p, sizeof halves);
    return vcvt_f32_f16(vreinterpret_f16_u16(halves));
}
/// 16 f32 out of f16, exactly; any alignment.
static inline lanes lanes_load_f16(const uint16_t *p) {
#define SK_QUAD(i) load_f16(p + 4 * i)
    return SK_QUADS(lanes, SK_QUAD);
#undef SK_QUAD
}
/// 16 f32 out of bf16, exactly; any alignment.
static inline lanes lanes_load_bf16(const uint16_t *p) {
#define SK_QUAD(i) load_bf16(p + 4 * i)
    return SK_QUADS(lanes, SK_QUAD);
#undef SK_QUAD
}
/// Stores 16 f32 as f16, rounded to nearest even; any alignment.
static inline void lanes_store_f16(uint16_t *p, lanes x) {
    for (int i = 0; i < 4; i++) {
        const uint16x4_t halves = vreinterpret_u16_f16(vcvt_f16_f32(x.quads[i]));
        memcpy(p + 4 * i, &halves, sizeof halves);
    }
}
/// 16 f32 out of signed bytes, exactly; any alignment.
static inline lanes lanes_load_i8(const int8_t *p) {
    const int8x16_t bytes = vld1q_s8(p);
    const int16x8_t low = vmovl_s8(vget_low_s8(bytes)), high = vmovl_s8(vget_high_s8(bytes));
    return (lanes){
        {vcvtq_f32_s32(vmovl_s16(vget_low_s16(low))), vcvtq_f32_s32(vmovl_s16(vget_high_s16(low))),
         vcvtq_f32_s32(vmovl_s16(vget_low_s16(high))), vcvtq_f32_s32(vmovl_s16(vget_high_s16(high)))}};
}
/// Stores the lowest byte of every lane.
static inline void lanes_store_bytes(void *p, lanes x) {
#define SK_HALF(i) vmovn_u32(vreinterpretq_u32_f32(x.quads[i]))
    const uint16x8_t low = vcombine_u16(SK_HALF(0), SK_HALF(1)), high = vcombine_u16(SK_HALF(2), SK_HALF(3));
#undef SK_HALF
    vst1q_u8(p, vcombine_u8(vmovn_u16(low), vmovn_u16(high)));
}

/// 16 int32.
typedef struct {
    int32x4_t quads[4];
} ints;
/// 64 unsigned codes: 16 outputs of four inputs each.
typedef struct {
    uint8x16_t quads[4];
} codes;

static inline ints ints_set(int32_t x) {
#define SK_QUAD(i) vdupq_n_s32(x)
    return SK_QUADS(ints, SK_QUAD);
#undef SK_QUAD
}
static inline ints ints_load_bytes(const uint8_t *p) {
    const uint8x16_t bytes = vld1q_u8(p);
    const uint16x8_t low = vmovl_u8(vget_low_u8(bytes)), high = vmovl_u8(vget_high_u8(bytes));
    return (ints){
        {vreinterpretq_s32_u32(vmovl_u16(vget_low_u16(low))), vreinterpretq_s32_u32(vmovl_u16(vget_high_u16(low))),
         vreinterpretq_s32_u32(vmovl_u16(vget_low_u16(high))),
         vreinterpretq_s32_u32(vmovl_u16(vget_high_u16(high)))}};
}
static inline ints ints_multiply(ints a, ints b) {
#define SK_QUAD(i) vmulq_s32(a.quads[i], b.quads[i])
    return SK_QUADS(ints, SK_QUAD);
#undef SK_QUAD
}
static inline lanes lanes_of_ints(ints x) {
#define SK_QUAD(i) vcvtq_f32_s32(x.quads[i])
    return SK_QUADS(lanes, SK_QUAD);
#undef SK_QUAD
}

static inline codes codes_load(const uint8_t *p) {
#define SK_QUAD(i) vld1q_u8(p + 16 * i)
    return SK_QUADS(codes, SK_QUAD);
#undef SK_QUAD
}
static inline void codes_store(uint8_t *p, codes x) {
    for (int i = 0; i < 4; i++) vst1q_u8(p + 16 * i, x.quads[i]);
}
/// The low and the high halves of all bytes.
static inline codes codes_low(codes x) {
#define SK_QUAD(i) vandq_u8(x.quads[i], vdupq_n_u8(15))
    return SK_QUADS(codes, SK_QUAD);
#undef SK_QUAD
}
static inline codes codes_high(codes x) {
#define SK_QUAD(i) vshrq_n_u8(x.quads[i], 4)
    return SK_QUADS(codes, SK_QUAD);
#undef SK_QUAD
}

/// Adds, for four outputs, the products of four signed codes each and four activation codes.
static inline int32x4_t quad_dot(int32x4_t sum, int8x16_t w, int8x16_t x) {
#if defined(SK_HAS_DOTPROD)
    return vdotq_s32(sum, w, x);
#else
    // Two products are 2 x 128 x 127 at most, which 16 bits hold.
    const int16x8_t low = vmull_s8(vget_low_s8(w), vget_low_s8(x)), high = vmull_high_s8(w, x);
    return vpadalq_s16(sum, vpaddq_s16(low, high));
#endif
}

/// Adds, output by output, the products of four codes and four activation codes (the bytes of `x`). The wide one takes
/// codes of 8 bits less 128 - SK_WIDE_ZERO, the narrow one codes of 4 bits.
#define SK_WIDE_ZERO 0
static inline ints ints_dot_narrow(ints sum, codes w, uint32_t x) {
    const int8x16_t activation = vreinterpretq_s8_u32(vdupq_n_u32(x));
#define SK_QUAD(i) quad_dot(sum.quads[i], vreinterpretq_s8_u8(w.quads[i]), activation)
    return SK_QUADS(ints, SK_QUAD);
#undef SK_QUAD
}
static inline ints ints_dot_wide(ints sum, codes w, uint32_t x) {
#define SK_QUAD(i) veorq_u8(w.quads[i], vdupq_n_u8(0x80))
    return ints_dot_narrow(sum, SK_QUADS(codes, SK_QUAD), x);
#undef SK_QUAD
}
