// GGUF's blocks to f32 and to codes, one block at a time; ggml's dequantize_row_* and gguf-py's quants.py.
#include "../operations.h"
#include "halves.h"
#include "skein_foreign.h"

#pragma STDC FP_CONTRACT OFF

size_t sk_block_inputs(enum sk_blocks format) {
    switch (format) {
    case SK_BLOCKS_Q4_0:
    case SK_BLOCKS_Q4_1:
    case SK_BLOCKS_Q5_0:
    case SK_BLOCKS_Q5_1:
    case SK_BLOCKS_Q8_0: return 32;
    case SK_BLOCKS_Q2_K:
    case SK_BLOCKS_Q3_K:
    case SK_BLOCKS_Q4_K:
    case SK_BLOCKS_Q5_K:
    case SK_BLOCKS_Q6_K: return 256;
    }
    return 0;
}

size_t sk_block_bytes(enum sk_blocks format) {
    switch (format) {
    case SK_BLOCKS_Q4_0: return 18;
    case SK_BLOCKS_Q4_1: return 20;
    case SK_BLOCKS_Q5_0: return 22;
    case SK_BLOCKS_Q5_1: return 24;
    case SK_BLOCKS_Q8_0: return 34;
    case SK_BLOCKS_Q2_K: return 84;
    case SK_BLOCKS_Q3_K: return 110;
    case SK_BLOCKS_Q4_K: return 144;
    case SK_BLOCKS_Q5_K: return 176;
    case SK_BLOCKS_Q6_K: return 210;
    }
    return 0;
}

static float half_at(const uint8_t *p) { return f32_of_f16((uint16_t)(p[0] | p[1] << 8)); }

/// 32 codes of 4 bits: the low halves of 16 bytes, then the high ones.
static int nibble(const uint8_t *p, size_t k) { return k < 16 ? p[k] & 15 : p[k - 16] >> 4; }

/// The fifth bit of code k.
static int fifth(const uint8_t *p, size_t k) { return (p[k / 8] >> (k % 8) & 1) << 4; }

static void dequantize_small(enum sk_blocks format, const uint8_t *block, float *y) {
    const float scale = half_at(block);
    for (size_t k = 0; k < 32; k++) {
        switch (format) {
        case SK_BLOCKS_Q4_0: y[k] = scale * (float)(nibble(block + 2, k) - 8); break;
        case SK_BLOCKS_Q4_1: y[k] = scale * (float)nibble(block + 4, k) + half_at(block + 2); break;
        case SK_BLOCKS_Q5_0: y[k] = scale * (float)((nibble(block + 6, k) | fifth(block + 2, k)) - 16); break;
        case SK_BLOCKS_Q5_1:
            y[k] = scale * (float)(nibble(block + 8, k) | fifth(block + 4, k)) + half_at(block + 2);
            break;
        default: y[k] = (float)(int8_t)block[2 + k] * scale;
        }
    }
}

/// 16 groups of 16: a byte of scale and least each, 64 bytes of codes, the scales' scale and the leasts'.
static void dequantize_q2_k(const uint8_t *block, float *y) {
    const float scale = half_at(block + 80), least = half_at(block + 82);
    for (size_t k = 0; k < 256; k++) {
        const uint8_t group = block[k / 16];
        const int code = block[16 + k / 128 * 32 + k % 32] >> (k % 128 / 32 * 2) & 3;
        y[k] = scale * (float)(group & 15) * (float)code - least * (float)(group >> 4);
    }
}

/// 32 bytes of third bits, 64 of codes, 12 of 16 scales with 6 bits each, their scale.
static void dequantize_q3_k(const uint8_t *block, float *y) {
    const float scale = half_at(block + 108);
    const uint8_t *scales = block + 96;
    for (size_t k = 0; k < 256; k++) {
        const size_t g = k / 16;
        const int low = g < 8 ? scales[g] & 15 : scales[g - 8] >> 4;
        const int high = scales[8 + g % 4] >> (g / 4 * 2) & 3;
        const int bits = block[32 + k / 128 * 32 + k % 32] >> (k % 128 / 32 * 2) & 3;
        const int code = block[k % 32] >> (k / 32) & 1 ? bits : bits - 4;
        y[k] = scale * (float)((low | high << 4) - 32) * (float)code;
    }
}

/// The scale and the least of group g of eight, 6 bits each in 12 bytes.
static void scale_and_least(const uint8_t *p, size_t g, float *scale, float *least) {
    const int s = g < 4 ? p[g] & 63 : (p[g + 4] & 15) | (p[g - 4] >> 6) << 4;
    const int l = g < 4 ? p[g + 4] & 63 : p[g + 4] >> 4 | (p[g] >> 6) << 4;
    *scale = (float)s;
    *least = (float)l;
}

/// The scales' scale and the leasts', 12 bytes of both, 32 of fifth bits if there are any, 128 of codes.
static void dequantize_q4_k(const uint8_t *block, float *y, bool has_fifth) {
    const uint8_t *high = block + 16, *codes = high + (has_fifth ? 32 : 0);
    for (size_t g = 0; g < 8; g++) {
        float scale, least;
        scale_and_least(block + 4, g, &scale, &least);
        scale *= half_at(block);
        least *= half_at(block + 2);
        for (size_t k = 0; k < 32; k++) {
            int code = codes[g / 2 * 32 + k] >> (g % 2 * 4) & 15;
            if (has_fifth) code |= (high[k] >> g & 1) << 4;
            y[g * 32 + k] = scale * (float)code - least;
        }
    }
}

/// 128 bytes of low halves, 64 of the two bits above, 16 scales, their scale.
static void dequantize_q6_k(const uint8_t *block, float *y) {
    const float scale = half_at(block + 208);
    for (size_t k = 0; k < 256; k++) {
        const size_t half = k / 128, place = k % 128;
        const int low = block[half * 64 + place % 64] >> (place / 64 * 4) & 15;
        const int high = block[128 + half * 32 + place % 32] >> (place / 32 * 2) & 3;
        const float group = scale * (float)(int8_t)block[192 + k / 16];
        y[k] = group * (float)((low | high << 4) - 32);
    }
}

void sk_dequantize_blocks(enum sk_blocks format, const void *restrict source, size_t block_count, float *restrict y) {
    const uint8_t *block = source;
    for (size_t i = 0; i < block_count; i++) {
        switch (format) {
        case SK_BLOCKS_Q2_K: dequantize_q2_k(block, y); break;
        case SK_BLOCKS_Q3_K: dequantize_q3_k(block, y); break;
        case SK_BLOCKS_Q4_K: dequantize_q4_k(block, y, false); break;
        case SK_BLOCKS_Q5_K: dequantize_q4_k(block, y, true); break;
        case SK_BLOCKS_Q6_K: dequantize_q6_k(block, y); break;
        default: dequantize_small(format, block, y);
        }
        block += sk_block_bytes(format);
        y += sk_block_inputs(format);
    }
}

void sk_take_block_codes(
    enum sk_blocks format, const void *restrict source, size_t block_count, size_t n, uint8_t *restrict codes,
    float *restrict scales) {
    const uint8_t *block = source;
    for (size_t i = 0; i < block_count; i++) {
        scales[i * SK_TILE_OUTPUTS + n] = half_at(block);
        for (size_t k = 0; k < 32; k++) {
            const int code = format == SK_BLOCKS_Q8_0 ? block[2 + k] ^ 0x80 : nibble(block + 2, k);
            codes[(i * 32 + k) * SK_TILE_OUTPUTS + n] = (uint8_t)code;
        }
        block += sk_block_bytes(format);
    }
}
