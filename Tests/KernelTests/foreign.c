// Codes that other programs made: out of their words, to f32, and kept in tiles that every set multiplies alike.
#include "check.h"
#include "formats.h"
#include "skein_foreign.h"

#include <string.h>

static const enum sk_blocks blocks[] = {
    SK_BLOCKS_Q4_0, SK_BLOCKS_Q4_1, SK_BLOCKS_Q5_0, SK_BLOCKS_Q5_1, SK_BLOCKS_Q8_0,
    SK_BLOCKS_Q2_K, SK_BLOCKS_Q3_K, SK_BLOCKS_Q4_K, SK_BLOCKS_Q5_K, SK_BLOCKS_Q6_K,
};

/// An f16 value, some of them large, small or negative.
static float any_scale(void) {
    static const float scales[] = {0.0f, 1.0f, -1.0f, 0.0078125f, 0x1p-24f, 65504.0f, -0.099975586f, 3.140625f};
    return ANY_OF(scales);
}

/// Codes, scales and zeros of a tile; the largest and least codes among them.
struct codes {
    uint8_t *codes, *zeros;
    float *scales;
};

static struct codes any_codes(const struct sk_quantization *format, size_t depth, size_t groups) {
    const uint32_t mask = (1u << format->bits) - 1;
    struct codes all = {room(depth * 32), room(groups * 32), floats(groups * 32)};
    for (size_t i = 0; i < depth * 32; i++) {
        const uint32_t bits = any_bits();
        all.codes[i] = (uint8_t)(bits % 5 == 0 ? (bits & 256 ? mask : 0) : bits & mask);
    }
    for (size_t i = 0; i < groups * 32; i++) {
        all.zeros[i] = (uint8_t)(format->has_zeros ? any_bits() & 15 : format->bits == 8 ? 128 : 8);
        all.scales[i] = any_scale();
    }
    return all;
}

/// A kept tile stands for the weights that the codes stand for, and every set gives the same products with it.
static void test_kept(const struct sets *sets, const struct sk_quantization *format, size_t depth, size_t outputs) {
    const uint32_t addend = format->has_zeros ? 1 : 0;
    const size_t groups = (depth + format->group - 1) / format->group, repeat = 1 + any_below(2);
    const size_t stored = (groups + repeat - 1) / repeat;
    begin_case(
        "sk_store_codes", "%u bits, groups of %zu, depth %zu, %zu outputs, repeat %zu", format->bits, format->group, depth,
        outputs, repeat);
    const struct codes all = any_codes(format, depth, stored);
    const size_t byte_count = sk_quantized_tile_bytes(format, depth);
    void *tile = zeros(byte_count);
    sk_store_codes(
        all.codes, all.scales, format->has_zeros ? all.zeros : NULL, addend, repeat, outputs, depth, format, tile);
    uint32_t *groups_of = room(depth * sizeof *groups_of);
    for (size_t k = 0; k < depth; k++) groups_of[k] = (uint32_t)(k / format->group / repeat);
    float *weights = floats(depth * 32);
    sk_dequantize_codes(all.codes, all.scales, all.zeros, addend, groups_of, outputs, depth, weights);

    // One row of one input of 127 and others of 0 gives back 127 x weight, scaled by 1.
    const struct sk_quantized_rows rows = rows_room(3, depth, format->group);
    float *x = any_floats(3 * depth, ORDINARY);
    const size_t chosen = depth == 0 ? 0 : any_below(depth);
    for (size_t k = 0; k < depth; k++) x[k] = k == chosen ? 127.0f : 0.0f;
    sets->plain->quantize_rows(x, depth, 3, depth, format->group, &rows);
    float *expected = floats(3 * 32), *actual = floats(3 * 32), *single = floats(32);
    sets->plain->matmul_quantized(&rows, 3, depth, format, tile, 0, 32, NULL, expected, 32);
    sets->tested->matmul_quantized(&rows, 3, depth, format, tile, 0, 32, NULL, actual, 32);
    check_floats("products", expected, actual, 3 * 32);
    for (size_t n = 0; n < 32; n++) {
        // The integer is 127 x (code - zero), and one rounding follows.
        const size_t place = depth == 0 ? 0 : groups_of[chosen] * 32 + n;
        const int code = depth == 0 || n >= outputs ? 0 : all.codes[chosen * 32 + n] - (int)(all.zeros[place] + addend);
        single[n] = depth == 0 || n >= outputs ? 0.0f : (float)(127 * code) * all.scales[place] + 0.0f;
    }
    check_floats("one weight", single, expected, 32);
    for (size_t n = 0; n < 32 && depth > 0; n++) {
        const size_t place = groups_of[chosen] * 32 + n;
        const int code = all.codes[chosen * 32 + n] - (int)(all.zeros[place] + addend);
        single[n] = n < outputs ? (float)code * all.scales[place] : 0.0f;
    }
    if (depth > 0) check_floats("f32", single, weights + chosen * 32, 32);
    end_case();
}

/// Words packed by shifting are taken apart again.
static void test_words(uint32_t bits, bool is_interleaved, size_t depth, size_t outputs) {
    static const uint8_t order[8] = {0, 2, 4, 6, 1, 3, 5, 7};
    const struct sk_words words = {bits, is_interleaved};
    const size_t count = 32 / bits;
    begin_case("sk_take_codes", "%u bits, interleaved %d, depth %zu, %zu outputs", bits, is_interleaved, depth, outputs);
    uint8_t *codes = room(depth * outputs), *expected = room(depth * 32), *actual = room(depth * 32);
    for (size_t i = 0; i < depth * outputs; i++) codes[i] = (uint8_t)(any_bits() & ((1u << bits) - 1));
    uint32_t columns[32];
    const size_t column_count = outputs < 32 ? outputs : 32;
    for (size_t n = 0; n < column_count; n++) columns[n] = (uint32_t)any_below(outputs);
    memset(expected, 7, depth * 32);
    memset(actual, 7, depth * 32);
    for (size_t k = 0; k < depth; k++) {
        for (size_t n = 0; n < column_count; n++) expected[k * 32 + n] = codes[k * outputs + columns[n]];
    }
    // Packed along outputs, at an odd address.
    char *source = (char *)room(depth * outputs / count * 4 + 1) + 1;
    for (size_t i = 0; i < depth * outputs / count; i++) {
        uint32_t word = 0;
        for (size_t j = 0; j < count; j++) {
            word |= (uint32_t)codes[i * count + (is_interleaved ? order[j] : j)] << (bits * j);
        }
        memcpy(source + 4 * i, &word, 4);
    }
    sk_take_codes_along_outputs(&words, source, outputs / count, columns, column_count, depth, actual);
    check_bytes("along outputs", expected, actual, depth * 32);
    if (!is_interleaved && depth % count == 0) {
        for (size_t line = 0; line < depth / count; line++) {
            for (size_t n = 0; n < outputs; n++) {
                uint32_t word = 0;
                for (size_t j = 0; j < count; j++) {
                    word |= (uint32_t)codes[(line * count + j) * outputs + n] << (bits * j);
                }
                memcpy(source + 4 * (line * outputs + n), &word, 4);
            }
        }
        memset(actual, 7, depth * 32);
        sk_take_codes_along_inputs(&words, source, outputs, columns, column_count, depth, actual);
        check_bytes("along inputs", expected, actual, depth * 32);
    }
    end_case();
}

/// Blocks of any bits are read to their end and no further; Q4_0's and Q8_0's codes stand for the same weights.
static void test_blocks(enum sk_blocks format, size_t count) {
    const size_t inputs = sk_block_inputs(format), bytes = sk_block_bytes(format);
    begin_case("sk_dequantize_blocks", "format %d, %zu blocks", (int)format, count);
    uint8_t *source = (uint8_t *)room(count * bytes + 1) + 1;
    for (size_t i = 0; i < count * bytes; i++) source[i] = (uint8_t)any_bits();
    float *once = floats(count * inputs), *again = floats(count * inputs);
    sk_dequantize_blocks(format, source, count, once);
    for (size_t i = 0; i < count; i++) sk_dequantize_blocks(format, source + i * bytes, 1, again + i * inputs);
    check_floats("y", once, again, count * inputs);
    if (format == SK_BLOCKS_Q4_0 || format == SK_BLOCKS_Q8_0) {
        const size_t depth = count * inputs, column = any_below(32);
        uint8_t *codes = zeros(depth * 32), *middle = room(count * 32);
        float *scales = zeros(count * 32 * sizeof(float)), *tile = floats(depth * 32);
        memset(middle, format == SK_BLOCKS_Q8_0 ? 128 : 8, count * 32);
        uint32_t *groups = room(depth * sizeof *groups);
        for (size_t k = 0; k < depth; k++) groups[k] = (uint32_t)(k / 32);
        sk_take_block_codes(format, source, count, column, codes, scales);
        sk_dequantize_codes(codes, scales, middle, 0, groups, 32, depth, tile);
        for (size_t k = 0; k < depth; k++) again[k] = tile[k * 32 + column];
        check_floats("codes", once, again, depth);
    }
    end_case();
}

void test_foreign(const struct sets *sets) {
    static const size_t depths[] = {0, 1, 8, 31, 32, 33, 72, 128, 136, 256}, outputs[] = {0, 1, 16, 31, 32};
    for (size_t f = 0; f < COUNT_OF(formats); f++) {
        for (size_t d = 0; d < COUNT_OF(depths); d++) {
            for (size_t o = 0; o < COUNT_OF(outputs); o++) test_kept(sets, &formats[f], depths[d], outputs[o]);
        }
    }
    for (size_t outputs = 8; outputs <= 72; outputs += 8) {
        for (size_t depth = 0; depth <= 24; depth += 4) {
            test_words(4, false, depth, outputs);
            test_words(4, true, depth, outputs);
            test_words(8, false, depth, outputs);
        }
    }
    for (size_t b = 0; b < COUNT_OF(blocks); b++) {
        for (size_t count = 0; count < 6; count++) test_blocks(blocks[b], count);
    }
}
