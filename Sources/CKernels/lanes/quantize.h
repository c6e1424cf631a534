/// Weights and activations from f32 to codes; lanes are outputs there, inputs here.
#include "../reference/halves.h"
#include "../reference/quantization.h"

/// Scales of 16 outputs with what follows from them.
struct scales {
    uint16_t halves[16];
    lanes values, inverses, zeros;
};

/// Whole numbers nearest to x, |x| < 2^22.
static inline lanes lanes_rounded(lanes x) {
    const lanes shift = lanes_set(SK_ROUND_TO_INTEGER);
    return lanes_subtract(lanes_add(x, shift), shift);
}

static inline lanes lanes_negative(lanes x) { return lanes_xor(x, lanes_set(-0.0f)); }

static inline void find_scales(struct scales *scales, lanes wanted) {
    float values[16];
    lanes_store(values, wanted);
    for (int j = 0; j < 16; j++) scales->halves[j] = f16_of_f32(values[j]);
    scales->values = lanes_load_f16(scales->halves);
    const lane_mask is_something = lanes_less(lanes_zero(), lanes_magnitude(scales->values));
    const lanes inverses = lanes_divide(lanes_set(1.0f), scales->values);
    scales->inverses = lanes_select(is_something, inverses, lanes_zero());
}

/// The scales for a clip of groups whose weights lie in low ... high.
static inline struct scales clipped(
    const struct sk_quantization *quantization, lanes low, lanes high, float clip) {
    struct scales scales;
    const lanes ratio = lanes_set(clip);
    if (quantization->bits == 8) {
        const lanes largest = lanes_maximum(high, lanes_negative(low));
        find_scales(&scales, lanes_divide(lanes_multiply(largest, ratio), lanes_set(127.0f)));
        scales.zeros = lanes_set(128.0f);
    } else if (quantization->has_zeros) {
        const lanes bottom = lanes_multiply(lanes_minimum(low, lanes_zero()), ratio);
        const lanes top = lanes_multiply(lanes_maximum(high, lanes_zero()), ratio);
        find_scales(&scales, lanes_divide(lanes_subtract(top, bottom), lanes_set(15.0f)));
        const lanes zeros = lanes_rounded(lanes_multiply(lanes_negative(bottom), scales.inverses));
        scales.zeros = lanes_maximum(lanes_minimum(zeros, lanes_set(15.0f)), lanes_zero());
    } else {
        const lanes largest = lanes_select(lanes_less(lanes_negative(low), high), high, low);
        find_scales(&scales, lanes_divide(lanes_multiply(largest, ratio), lanes_set(-8.0f)));
        scales.zeros = lanes_set(8.0f);
    }
    return scales;
}

/// The codes of one input's weights, as whole f32.
static inline lanes codes_of(const struct scales *scales, lanes least, lanes most, lanes weights) {
    const lanes rounded = lanes_rounded(lanes_multiply(weights, scales->inverses));
    return lanes_maximum(lanes_minimum(lanes_add(rounded, scales->zeros), most), least);
}

/// Quantizes `count` inputs of 16 outputs, 32 elements apart, into the columns n ... n + 15 of a group.
static void quantize_columns(
    const float *weights, size_t count, const struct sk_quantization *quantization, const struct sk_group *group,
    size_t n) {
    const lanes least = lanes_set(quantization->bits == 8 ? 1.0f : 0.0f);
    const lanes most = lanes_set(quantization->bits == 8 ? 255.0f : 15.0f);
    lanes low = lanes_set(SK_INFINITY), high = lanes_set(-SK_INFINITY), check = lanes_zero();
    for (size_t k = 0; k < count; k++) {
        const lanes w = lanes_load(weights + k * SK_TILE_OUTPUTS);
        low = lanes_minimum(w, low);
        high = lanes_maximum(w, high);
        check = lanes_fma(w, lanes_zero(), check);
    }
    const struct sk_clips clips = sk_clips_of(quantization);
    struct scales best;
    lanes best_error = lanes_zero();
    for (int i = 0; i < clips.count; i++) {
        const float clip = fma1(-(float)i, clips.step, clips.first);
        const struct scales scales = clipped(quantization, low, high, clip);
        lanes error = lanes_zero();
        for (size_t k = 0; k < count; k++) {
            const lanes w = lanes_load(weights + k * SK_TILE_OUTPUTS);
            const lanes code = lanes_subtract(codes_of(&scales, least, most, w), scales.zeros);
            const lanes difference = lanes_fma(lanes_negative(code), scales.values, w);
            error = lanes_fma(difference, difference, error);
        }
        if (i == 0) {
            best = scales;
            best_error = error;
            continue;
        }
        const lane_mask is_better = lanes_less(error, best_error);
        const uint32_t better = lanes_bits(is_better);
        for (int j = 0; j < 16; j++) {
            if (better >> j & 1) best.halves[j] = scales.halves[j];
        }
        best.values = lanes_select(is_better, scales.values, best.values);
        best.inverses = lanes_select(is_better, scales.inverses, best.inverses);
        best.zeros = lanes_select(is_better, scales.zeros, best.zeros);
        best_error = lanes_select(is_better, error, best_error);
    }
    float checks[16], zeros[16];
    lanes_store(checks, check);
    lanes_store(zeros, best.zeros);
    for (size_t j = 0; j < 16; j++) {
        ((uint16_t *)group->scales)[n + j] = checks[j] == 0.0f ? best.halves[j] : 0x7e00;
        if (group->zeros != NULL) ((uint8_t *)group->zeros)[n + j] = (uint8_t)zeros[j];
    }
    uint8_t *codes = (uint8_t *)group->codes + n * 4;
    const bool is_wide = quantization->bits == 8;
    for (size_t k = 0; k < group->depth; k++) {
        lanes code = best.zeros;
        if (k < count) code = codes_of(&best, least, most, lanes_load(weights + k * SK_TILE_OUTPUTS));
        uint8_t bytes[16];
        lanes_store_bytes(bytes, lanes_add(code, lanes_set(SK_ROUND_TO_INTEGER)));
        uint8_t *target = codes + (is_wide ? k / 4 : k / 8) * 128 + k % 4;
        const int shift = is_wide ? 0 : (int)(k / 4 % 2 * 4);
        for (size_t j = 0; j < 16; j++) target[j * 4] |= (uint8_t)(bytes[j] << shift);
    }
}

void SK_NAME(quantize_tile)(
    const float *restrict tile, size_t depth, const struct sk_quantization *restrict quantization,
    void *restrict quantized) {
    for (size_t g = 0; g * quantization->group < depth; g++) {
        const struct sk_group group = sk_group_of(quantized, quantization, depth, g);
        const size_t start = g * quantization->group;
        const size_t count = depth - start < quantization->group ? depth - start : quantization->group;
        for (size_t n = 0; n < SK_TILE_OUTPUTS; n += 16) {
            quantize_columns(tile + start * SK_TILE_OUTPUTS + n, count, quantization, &group, n);
        }
    }
}

/// Quantizes 16 times `vectors` inputs, a constant wherever this is called, of one group of a row.
static inline __attribute__((always_inline)) void quantize_group(
    const float *values, const size_t vectors, int8_t *codes, float *scale, int32_t *sum) {
    lanes inputs[SK_GROUP_MAX / 16], largest = lanes_zero(), checks = lanes_zero(), total = lanes_zero();
#pragma clang loop unroll(full)
    for (size_t v = 0; v < vectors; v++) {
        inputs[v] = lanes_load(values + 16 * v);
        largest = lanes_maximum(lanes_magnitude(inputs[v]), largest);
        checks = lanes_fma(inputs[v], lanes_zero(), checks);
    }
    const float magnitude = lanes_largest(largest), check = lanes_sum(checks);
    if (magnitude < 0x1p-100f || check != 0.0f) {
        memset(codes, 0, 16 * vectors);
        *scale = check != 0.0f ? float_of(0x7fc00000) : 0.0f;
        *sum = 0;
        return;
    }
    const lanes inverse = lanes_set(127.0f / magnitude), shift = lanes_set(SK_ROUND_TO_INTEGER);
#pragma clang loop unroll(full)
    for (size_t v = 0; v < vectors; v++) {
        const lanes shifted = lanes_add(lanes_multiply(inputs[v], inverse), shift);
        lanes_store_bytes(codes + 16 * v, shifted);
        // Sums of codes are whole numbers below 2^24: exact in f32, in any order.
        total = lanes_add(total, lanes_subtract(shifted, shift));
    }
    *scale = magnitude / 127.0f;
    *sum = (int32_t)lanes_sum(total);
}

/// The last group of a row, shorter than the others: zeros fill it up and change nothing.
static void quantize_short_group(
    const float *values, size_t count, size_t padded, int8_t *codes, float *scale, int32_t *sum) {
    float filled[SK_GROUP_MAX] = {0};
    int8_t all[SK_GROUP_MAX];
    memcpy(filled, values, count * sizeof *values);
    quantize_group(filled, SK_GROUP_MAX / 16, all, scale, sum);
    memcpy(codes, all, padded);
}

void SK_NAME(quantize_rows)(
    const float *restrict x, size_t x_stride, size_t row_count, size_t depth, size_t group,
    const struct sk_quantized_rows *restrict y) {
    for (size_t row = 0; row < row_count; row++) {
        for (size_t g = 0; g * group < depth; g++) {
            const float *values = x + row * x_stride + g * group;
            const size_t place = g * y->row_capacity + row, left = depth - g * group;
            int8_t *codes = y->codes + place * group;
            float *scale = y->scales + place;
            int32_t *sum = y->sums + place;
            if (left < group) {
                quantize_short_group(values, left, sk_group_depth(group, depth, g), codes, scale, sum);
            } else if (group == 128) {
                quantize_group(values, 8, codes, scale, sum);
            } else if (group == 64) {
                quantize_group(values, 4, codes, scale, sum);
            } else {
                quantize_group(values, 2, codes, scale, sum);
            }
        }
    }
}
