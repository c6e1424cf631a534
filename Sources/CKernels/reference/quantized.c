// Quantized linear layers, numerics.md rules 1 and 8, one number at a time.
#include "../operations.h"
#include "halves.h"
#include "quantization.h"

#pragma STDC FP_CONTRACT OFF

size_t sk_quantized_tile_bytes(const struct sk_quantization *quantization, size_t depth) {
    const size_t full = depth / quantization->group, rest = depth % quantization->group;
    size_t bytes = full * sk_group_bytes(quantization);
    if (rest > 0) {
        bytes += sk_group_head_bytes(quantization);
        bytes += (rest + 7) / 8 * 8 * SK_TILE_OUTPUTS * quantization->bits / 8;
    }
    return bytes;
}

/// As max and min of vector registers: the second if either is a NaN.
static float maximum(float a, float b) { return a > b ? a : b; }
static float minimum(float a, float b) { return a < b ? a : b; }

static float rounded(float x) { return (x + SK_ROUND_TO_INTEGER) - SK_ROUND_TO_INTEGER; }

/// A scale with what follows from it.
struct scale {
    uint16_t half;
    float value, inverse, zero;
};

static struct scale scale_of(float wanted) {
    struct scale scale = {.half = f16_of_f32(wanted)};
    scale.value = f32_of_f16(scale.half);
    const float magnitude = float_of(bits_of(scale.value) & 0x7fffffff);
    scale.inverse = 0.0f < magnitude ? 1.0f / scale.value : 0.0f;
    return scale;
}

/// The scale for a clip of a group whose weights lie in low ... high.
static struct scale clipped(const struct sk_quantization *quantization, float low, float high, float clip) {
    if (quantization->bits == 8) {
        struct scale scale = scale_of(maximum(high, -low) * clip / 127.0f);
        scale.zero = 128.0f;
        return scale;
    }
    if (quantization->has_zeros) {
        const float bottom = minimum(low, 0.0f) * clip, top = maximum(high, 0.0f) * clip;
        struct scale scale = scale_of((top - bottom) / 15.0f);
        scale.zero = maximum(minimum(rounded(-bottom * scale.inverse), 15.0f), 0.0f);
        return scale;
    }
    struct scale scale = scale_of((high > -low ? high : low) * clip / -8.0f);
    scale.zero = 8.0f;
    return scale;
}

/// The code of a weight, as a whole f32.
static float code_of(const struct sk_quantization *quantization, const struct scale *scale, float weight) {
    const float least = quantization->bits == 8 ? 1.0f : 0.0f;
    const float most = quantization->bits == 8 ? 255.0f : 15.0f;
    const float code = rounded(weight * scale->inverse) + scale->zero;
    return maximum(minimum(code, most), least);
}

/// Quantizes `count` weights of one output, 32 elements apart, into column n of a group.
static void quantize_column(
    const float *weights, size_t count, const struct sk_quantization *quantization, const struct sk_group *group,
    size_t n) {
    float low = SK_INFINITY, high = -SK_INFINITY, check = 0.0f;
    for (size_t k = 0; k < count; k++) {
        const float weight = weights[k * SK_TILE_OUTPUTS];
        low = minimum(weight, low);
        high = maximum(weight, high);
        check = fma1(weight, 0.0f, check);
    }
    const struct sk_clips clips = sk_clips_of(quantization);
    struct scale best = {0};
    float best_error = SK_INFINITY;
    for (int i = 0; i < clips.count; i++) {
        const struct scale scale = clipped(quantization, low, high, fma1(-(float)i, clips.step, clips.first));
        float error = 0.0f;
        for (size_t k = 0; k < count; k++) {
            const float weight = weights[k * SK_TILE_OUTPUTS];
            const float code = code_of(quantization, &scale, weight) - scale.zero;
            const float difference = fma1(-code, scale.value, weight);
            error = fma1(difference, difference, error);
        }
        if (i == 0 || error < best_error) {
            best = scale;
            best_error = error;
        }
    }
    ((uint16_t *)group->scales)[n] = check == 0.0f ? best.half : 0x7e00;
    if (group->zeros != NULL) ((uint8_t *)group->zeros)[n] = (uint8_t)best.zero;
    uint8_t *codes = (uint8_t *)group->codes + n * 4;
    for (size_t k = 0; k < group->depth; k++) {
        const float code =
            k < count ? code_of(quantization, &best, weights[k * SK_TILE_OUTPUTS]) : best.zero;
        if (quantization->bits == 8) {
            codes[k / 4 * 128 + k % 4] = (uint8_t)code;
        } else {
            codes[k / 8 * 128 + k % 4] |= (uint8_t)((uint8_t)code << (k / 4 % 2 * 4));
        }
    }
}

void sk_scalar_quantize_tile(
    const float *restrict tile, size_t depth, const struct sk_quantization *restrict quantization,
    void *restrict quantized) {
    for (size_t g = 0; g * quantization->group < depth; g++) {
        const struct sk_group group = sk_group_of(quantized, quantization, depth, g);
        const size_t start = g * quantization->group;
        const size_t count = depth - start < quantization->group ? depth - start : quantization->group;
        for (size_t n = 0; n < SK_TILE_OUTPUTS; n++) {
            quantize_column(tile + start * SK_TILE_OUTPUTS + n, count, quantization, &group, n);
        }
    }
}

void sk_scalar_quantize_rows(
    const float *restrict x, size_t x_stride, size_t row_count, size_t depth, size_t group,
    const struct sk_quantized_rows *restrict y) {
    for (size_t row = 0; row < row_count; row++) {
        for (size_t g = 0; g * group < depth; g++) {
            const float *values = x + row * x_stride + g * group;
            const size_t count = depth - g * group < group ? depth - g * group : group;
            const size_t place = g * y->row_capacity + row;
            float largest = 0.0f, check = 0.0f;
            for (size_t k = 0; k < count; k++) {
                largest = maximum(float_of(bits_of(values[k]) & 0x7fffffff), largest);
                check = fma1(values[k], 0.0f, check);
            }
            const bool is_zero = largest < 0x1p-100f || check != 0.0f;
            const float inverse = is_zero ? 0.0f : 127.0f / largest;
            int32_t sum = 0;
            for (size_t k = 0; k < sk_group_depth(group, depth, g); k++) {
                const float code = k < count && !is_zero ? rounded(values[k] * inverse) : 0.0f;
                y->codes[place * group + k] = (int8_t)code;
                sum += (int8_t)code;
            }
            y->scales[place] = check != 0.0f ? float_of(0x7fc00000) : is_zero ? 0.0f : largest / 127.0f;
            y->sums[place] = sum;
        }
    }
}

/// The code of input k of output n of a group.
static int32_t stored_code(
    const struct sk_group *group, const struct sk_quantization *quantization, size_t k, size_t n) {
    if (quantization->bits == 8) return group->codes[k / 4 * 128 + n * 4 + k % 4];
    return group->codes[k / 8 * 128 + n * 4 + k % 4] >> (k / 4 % 2 * 4) & 15;
}

void sk_scalar_matmul_quantized(
    const struct sk_quantized_rows *restrict x, size_t row_count, size_t depth,
    const struct sk_quantization *restrict quantization, const void *restrict tiles, size_t output_begin,
    size_t output_end, const float *restrict bias, float *restrict y, size_t y_stride) {
    const size_t tile_bytes = sk_quantized_tile_bytes(quantization, depth);
    for (size_t m = 0; m < row_count; m++) {
        for (size_t n = output_begin; n < output_end; n++) {
            const char *tile = (const char *)tiles + n / SK_TILE_OUTPUTS * tile_bytes;
            const size_t column = n % SK_TILE_OUTPUTS;
            float sum = 0.0f;
            for (size_t g = 0; g * quantization->group < depth; g++) {
                const struct sk_group group = sk_group_of(tile, quantization, depth, g);
                const size_t place = g * x->row_capacity + m;
                const int32_t zero = group.zeros != NULL ? group.zeros[column] : sk_common_zero(quantization);
                int32_t dot = 0;
                for (size_t k = 0; k < group.depth; k++) {
                    const int32_t code = stored_code(&group, quantization, k, column) - zero;
                    dot += x->codes[place * quantization->group + k] * code;
                }
                sum = fma1((float)dot, f32_of_f16(group.scales[column]) * x->scales[place], sum);
            }
            y[m * y_stride + n - output_begin] = bias != NULL ? sum + bias[n] : sum;
        }
    }
}
