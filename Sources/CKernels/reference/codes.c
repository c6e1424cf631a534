// Codes that GPTQ, AWQ and GGUF files hold: out of their words, to f32, and into quantized tiles.
#include "../operations.h"
#include "halves.h"
#include "skein_foreign.h"

#pragma STDC FP_CONTRACT OFF

static uint32_t word_at(const uint8_t *source, size_t index) {
    uint32_t word;
    memcpy(&word, source + index * sizeof word, sizeof word);
    return word;
}

/// Where in a word AWQ keeps each of eight neighbouring outputs.
static const uint8_t interleaved[8] = {0, 4, 1, 5, 2, 6, 3, 7};

void sk_take_codes_along_inputs(
    const struct sk_words *restrict words, const void *restrict source, size_t line_stride,
    const uint32_t *restrict columns, size_t column_count, size_t depth, uint8_t *restrict codes) {
    const size_t count = 32 / words->bits;
    const uint32_t mask = (1u << words->bits) - 1;
    for (size_t k = 0; k < depth; k++) {
        const size_t line = k / count * line_stride;
        for (size_t n = 0; n < column_count; n++) {
            const uint32_t word = word_at(source, line + columns[n]);
            codes[k * SK_TILE_OUTPUTS + n] = (uint8_t)(word >> (k % count * words->bits) & mask);
        }
    }
}

void sk_take_codes_along_outputs(
    const struct sk_words *restrict words, const void *restrict source, size_t line_stride,
    const uint32_t *restrict columns, size_t column_count, size_t depth, uint8_t *restrict codes) {
    const size_t count = 32 / words->bits;
    const uint32_t mask = (1u << words->bits) - 1;
    for (size_t k = 0; k < depth; k++) {
        for (size_t n = 0; n < column_count; n++) {
            const size_t place = columns[n] % count;
            const uint32_t shift = (uint32_t)(words->is_interleaved ? interleaved[place] : place) * words->bits;
            const uint32_t word = word_at(source, k * line_stride + columns[n] / count);
            codes[k * SK_TILE_OUTPUTS + n] = (uint8_t)(word >> shift & mask);
        }
    }
}

void sk_dequantize_codes(
    const uint8_t *restrict codes, const float *restrict scales, const uint8_t *restrict zeros, uint32_t zero_addend,
    const uint32_t *restrict groups, size_t column_count, size_t depth, float *restrict tile) {
    for (size_t k = 0; k < depth; k++) {
        const size_t group = (size_t)groups[k] * SK_TILE_OUTPUTS;
        for (size_t n = 0; n < SK_TILE_OUTPUTS; n++) {
            float *weight = tile + k * SK_TILE_OUTPUTS + n;
            if (n >= column_count) {
                *weight = 0.0f;
                continue;
            }
            const int code = codes[k * SK_TILE_OUTPUTS + n] - (int)(zeros[group + n] + zero_addend);
            *weight = (float)code * scales[group + n];
        }
    }
}

void sk_store_codes(
    const uint8_t *restrict codes, const float *restrict scales, const uint8_t *_Nullable restrict zeros,
    uint32_t zero_addend, size_t repeat, size_t column_count, size_t depth,
    const struct sk_quantization *restrict quantization, void *restrict quantized) {
    for (size_t g = 0; g * quantization->group < depth; g++) {
        const struct sk_group group = sk_group_of(quantized, quantization, depth, g);
        const size_t start = g * quantization->group, place = g / repeat * SK_TILE_OUTPUTS;
        for (size_t n = 0; n < SK_TILE_OUTPUTS; n++) {
            const bool is_there = n < column_count;
            uint32_t zero = (uint32_t)sk_common_zero(quantization);
            if (zeros != NULL) zero = is_there ? zeros[place + n] + zero_addend : 0;
            ((uint16_t *)group.scales)[n] = is_there ? f16_of_f32(scales[place + n]) : 0;
            if (group.zeros != NULL) ((uint8_t *)group.zeros)[n] = (uint8_t)zero;
            uint8_t *target = (uint8_t *)group.codes + n * 4;
            for (size_t k = 0; k < group.depth; k++) {
                const bool is_input = is_there && start + k < depth;
                const uint32_t code = is_input ? codes[(start + k) * SK_TILE_OUTPUTS + n] : zero;
                if (quantization->bits == 8) {
                    target[k / 4 * 128 + k % 4] = (uint8_t)code;
                } else {
                    target[k / 8 * 128 + k % 4] |= (uint8_t)((code & 15) << (k / 4 % 2 * 4));
                }
            }
        }
    }
}
