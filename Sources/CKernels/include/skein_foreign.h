/// Weights that other programs quantized, on their way into a pack: GGUF's blocks, and the packed words of GPTQ and AWQ.
///
/// Plain functions, one for all instruction sets: they run once while a model is loaded. They read exactly the bytes
/// that are said to be read, at any alignment, allocate nothing and cannot fail; any bytes are legal input.
///
/// A tile of codes has 32 outputs: codes[k * 32 + n] for input k of output n, scales[g * 32 + n] and zeros[g * 32 + n]
/// for group g; weight = scale x (code - zero).
#ifndef SKEIN_FOREIGN_H
#define SKEIN_FOREIGN_H

#include "skein_kernels.h"

#ifdef __clang__
#pragma clang assume_nonnull begin
#endif

/// Block formats by their numbers in GGUF files. A block is 32 neighbouring inputs of one output, or 256 (the K ones).
enum sk_blocks {
    SK_BLOCKS_Q4_0 = 2,
    SK_BLOCKS_Q4_1 = 3,
    SK_BLOCKS_Q5_0 = 6,
    SK_BLOCKS_Q5_1 = 7,
    SK_BLOCKS_Q8_0 = 8,
    SK_BLOCKS_Q2_K = 10,
    SK_BLOCKS_Q3_K = 11,
    SK_BLOCKS_Q4_K = 12,
    SK_BLOCKS_Q5_K = 13,
    SK_BLOCKS_Q6_K = 14,
};

/// Inputs of one block; 0 for a number that is no block format.
size_t sk_block_inputs(enum sk_blocks format);

/// Bytes of one block; 0 for a number that is no block format.
size_t sk_block_bytes(enum sk_blocks format);

/// Widens blocks to f32 with ggml's arithmetic, one rounding an operation (gguf-py's quants.py gives the same bits).
void sk_dequantize_blocks(enum sk_blocks format, const void *restrict source, size_t block_count, float *restrict y);

/// Takes the codes of one output's Q4_0 or Q8_0 blocks, their zeros 8 and 128, and the scales into column n of a tile.
void sk_take_block_codes(
    enum sk_blocks format, const void *restrict source, size_t block_count, size_t n, uint8_t *restrict codes,
    float *restrict scales);

/// How codes stand in 32-bit words: 32 / bits of them, the lowest bits first, or in AWQ's order 0 2 4 6 1 3 5 7.
struct sk_words {
    /// 4 or 8; 4 in AWQ's order.
    uint32_t bits;
    bool is_interleaved;
};

/// Takes codes packed along inputs (GPTQ's qweight): word k * bits / 32 of output columns[n], words of one line
/// following each other and lines line_stride words apart; codes[k * 32 + n] for k < depth, n < column_count.
void sk_take_codes_along_inputs(
    const struct sk_words *restrict words, const void *restrict source, size_t line_stride,
    const uint32_t *restrict columns, size_t column_count, size_t depth, uint8_t *restrict codes);

/// Takes codes packed along outputs (AWQ's qweight, everyone's qzeros): a line a k, output columns[n] in its word
/// columns[n] * bits / 32; codes[k * 32 + n] for k < depth, n < column_count.
void sk_take_codes_along_outputs(
    const struct sk_words *restrict words, const void *restrict source, size_t line_stride,
    const uint32_t *restrict columns, size_t column_count, size_t depth, uint8_t *restrict codes);

/// Widens a tile of codes to a packed f32 tile: tile[k * 32 + n] = scale x (code - zero - zero_addend), the group of
/// input k being groups[k]. Outputs from column_count on become +0.
void sk_dequantize_codes(
    const uint8_t *restrict codes, const float *restrict scales, const uint8_t *restrict zeros, uint32_t zero_addend,
    const uint32_t *restrict groups, size_t column_count, size_t depth, float *restrict tile);

/// Stores a tile of codes as they are: sk_quantized_tile_bytes(quantization, depth) bytes at `quantized`, 64-byte
/// aligned and zeros before. Group g of the tile gets the scale and zero of group g / repeat of the codes. Scales are
/// f16 values; zeros is NULL where quantization has none of its own. Outputs from column_count on become 0.
void sk_store_codes(
    const uint8_t *restrict codes, const float *restrict scales, const uint8_t *_Nullable restrict zeros,
    uint32_t zero_addend, size_t repeat, size_t column_count, size_t depth,
    const struct sk_quantization *restrict quantization, void *restrict quantized);

#ifdef __clang__
#pragma clang assume_nonnull end
#endif

#endif
