/// Quantized linear layers, AVX2, numerics.md rule 1: a body of its own, since without an instruction for dot products
/// the number of instructions decides, and 16 registers want other blocks than 32.
///
/// Lanes are outputs, eight a part, four parts a tile. From outside in: panels of rows, sets of tiles, groups, blocks
/// of rows, tiles, inputs. A block's integers stay in registers; the f32 sums of all rows of a panel wait in cache
/// meanwhile.
///
/// While a group is worked on, its share of the next groups of all tiles of the call is fetched, line by line in turn:
/// a core reads four streams side by side 1.5 times as fast as one.
///
/// Products of 4-bit codes are small enough to be added up in 16 bits for a while, which saves a `madd` a product.
#if defined(__x86_64__)

#include "begin.h"

#pragma STDC FP_CONTRACT OFF

#include "../../lanes/outputs.h"

#include "quantized.h"
#include "quantized_tall.h"
#include "quantized_wide.h"

/// -8 times the sums of the activations whose products one 16-bit lane adds up: of k % 4 = 0, 1 in the low half, of 2,
/// 3 in the high one.
static inline int32_t pair_sums(const int8_t *x, size_t count) {
    __m128i sums = _mm_setzero_si128();
    for (size_t k = 0; k < count; k += 8) {
        const __m128i codes = _mm_loadl_epi64((const __m128i *)(const void *)(x + k));
        sums = _mm_sub_epi16(sums, _mm_maddubs_epi16(_mm_set1_epi8(8), codes));
    }
    return _mm_cvtsi128_si32(_mm_add_epi16(sums, _mm_srli_epi64(sums, 32)));
}

/// Finds where the 16-bit sums of a group begin, for all rows of a panel.
static inline void find_starts(
    const struct quantized *job, struct panel *panel, size_t depth, size_t index, const size_t width) {
    for (size_t r = 0; r < panel->count; r++) {
        const int8_t *x = job->x->codes + (index * job->x->row_capacity + panel->first + r) * width;
        panel->starts[r][0] = pair_sums(x, depth < 64 ? depth : 64);
        if (width > 64) panel->starts[r][1] = depth > 64 ? pair_sums(x + 64, depth - 64) : 0;
    }
}

/// All groups of some tiles for the rows of a panel; width and form are constants.
static inline __attribute__((always_inline)) void multiply_groups(
    const struct quantized *job, struct panel *panel, size_t tile, size_t tile_count, const size_t width,
    const enum code_form form) {
    const size_t blocks = (panel->count + TALL_ROWS - 1) / TALL_ROWS;
    for (size_t index = 0; index * width < job->depth; index++) {
        if (panel->count <= WIDE_ROWS ? form == HALVES : starts_early(form, width)) {
            find_starts(job, panel, sk_group_depth(width, job->depth, index), index, width);
        }
        if (panel->count <= WIDE_ROWS) {
            multiply_few(job, panel, tile, tile_count, index, width, form);
            continue;
        }
        for (size_t block = 0; block < blocks; block++) {
            // Rows are dealt evenly, so that 9 rows are 4 + 5 and not 8 + 1.
            const size_t row = block * panel->count / blocks, rows = (block + 1) * panel->count / blocks - row;
            multiply_rows(job, panel, row, rows, tile, tile_count, index, width, form);
        }
    }
}

/// Some tiles for the rows of a panel.
static void multiply_tiles(const struct quantized *job, struct panel *panel, size_t tile, size_t tile_count) {
    const struct sk_quantization *quantization = job->quantization;
    memset(panel->sums, 0, panel->count * STRIDE * sizeof panel->sums[0]);
#define SK_WIDTH_CASE(WIDTH) \
    case WIDTH: \
        if (quantization->bits == 8) { \
            multiply_groups(job, panel, tile, tile_count, WIDTH, BYTES); \
        } else if (quantization->has_zeros) { \
            multiply_groups(job, panel, tile, tile_count, WIDTH, HALVES_LESS_ZEROS); \
        } else { \
            multiply_groups(job, panel, tile, tile_count, WIDTH, HALVES); \
        } \
        break;
    switch (quantization->group) {
        SK_WIDTH_CASE(32)
        SK_WIDTH_CASE(64)
        SK_WIDTH_CASE(128)
    default: break;
    }
#undef SK_WIDTH_CASE
}

/// Writes the sums of some tiles' outputs, which begin with `output`.
static void store_panel(const struct quantized *job, const struct panel *panel, size_t output, size_t tile_count) {
    for (size_t column = 0; column < tile_count * SK_TILE_OUTPUTS; column += 16) {
        const bool adds_bias = job->bias != NULL;
        const lanes bias =
            adds_bias ? load_outputs(job->bias + job->begin, job->begin, job->end, output + column) : lanes_zero();
        for (size_t r = 0; r < panel->count; r++) {
            const lanes sum = lanes_load(panel->sums + r * STRIDE + column);
            store_outputs(
                job->y + (panel->first + r) * job->y_stride, job->begin, job->end, output + column,
                adds_bias ? lanes_add(sum, bias) : sum);
        }
    }
}

void SK_NAME(matmul_quantized)(
    const struct sk_quantized_rows *restrict x, size_t row_count, size_t depth,
    const struct sk_quantization *restrict quantization, const void *restrict tiles, size_t output_begin,
    size_t output_end, const float *restrict bias, float *restrict y, size_t y_stride) {
    if (output_begin >= output_end) return;
    const struct quantized job = {
        x, quantization, tiles, depth, sk_quantized_tile_bytes(quantization, depth), output_begin, output_end,
        bias, y, y_stride};
    const size_t tile_end = (output_end + SK_TILE_OUTPUTS - 1) / SK_TILE_OUTPUTS;
    const size_t panels = (row_count + PANEL_ROWS - 1) / PANEL_ROWS;
    struct panel panel;
    for (size_t p = 0; p < panels; p++) {
        panel.first = p * row_count / panels;
        panel.count = (p + 1) * row_count / panels - panel.first;
        for (size_t tile = output_begin / SK_TILE_OUTPUTS; tile < tile_end; tile += TILES) {
            const size_t tile_count = tile_end - tile < TILES ? tile_end - tile : TILES;
            multiply_tiles(&job, &panel, tile, tile_count);
            store_panel(&job, &panel, tile * SK_TILE_OUTPUTS, tile_count);
        }
    }
}

/// A step of the dot probe: 32 products a sum, with the activations out of cache, as tall blocks take them.
static inline __attribute__((always_inline)) void probe_step(
    __m256i *sums, const __m256i *activations, __m256i codes, __m256i is_negative, const uint32_t bits) {
#pragma clang loop unroll(full)
    for (size_t r = 0; r < TALL_ROWS; r++) {
        const __m256i x = activations[r];
        sums[r] = bits == 8 ? add_products(sums[r], codes, _mm256_xor_si256(x, is_negative))
                            : _mm256_add_epi16(sums[r], _mm256_maddubs_epi16(codes, x));
    }
}

int32_t SK_NAME(dot_probe)(size_t rounds, uint32_t bits) {
    __m256i activations[TALL_ROWS], sums[TALL_ROWS];
    __m256i codes = _mm256_set1_epi32(0x01020304), is_negative = _mm256_setzero_si256();
    for (size_t r = 0; r < TALL_ROWS; r++) sums[r] = activations[r] = _mm256_set1_epi32((int)r);
    for (size_t step = 0; step < rounds * (SK_DOT_PROBE_PRODUCTS / 32 / TALL_ROWS); step++) {
        // All may have changed, as far as the compiler knows: nothing is taken out of the loop.
        __asm__ volatile("" : "+x"(codes), "+x"(is_negative) : "r"(activations) : "memory");
        if (bits == 8) {
            probe_step(sums, activations, codes, is_negative, 8);
        } else {
            probe_step(sums, activations, codes, is_negative, 4);
        }
    }
    int32_t parts[8], sum = 0;
    for (size_t r = 0; r < TALL_ROWS; r++) {
        memcpy(parts, &sums[r], sizeof parts);
        for (int j = 0; j < 8; j++) sum ^= parts[j];
    }
    return sum;
}

#include "end.h"

#endif
