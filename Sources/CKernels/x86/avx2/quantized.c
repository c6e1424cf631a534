/// Quantized linear layers, AVX2, numerics.md rule 1: a body of its own, since without an instruction for dot products
/// the number of instructions decides, and 16 registers want other blocks than 32.
///
/// Lanes are outputs, eight a part, four parts a tile. From outside in: panels of rows, sets of tiles, groups, tiles,
/// blocks of rows, inputs. A block is two rows of all parts, which reads a tile line by line as it lies in memory, or,
/// for 8-bit codes and more rows, five rows of two parts: its integers stay in registers. The f32 sums of all rows of a
/// panel wait in cache meanwhile.
///
/// While a group is worked on, its share of the next groups of all tiles of the call is fetched, line by line in turn:
/// a core reads four streams side by side 1.5 times as fast as one.
///
/// Codes of 8 bits: `maddubs` multiplies the codes' magnitudes with activations that have taken the codes' signs, so
/// that no pair of products exceeds 2 x 128 x 127. Products of 4-bit codes are small enough to be added up in 16 bits
/// for a while, which saves a `madd` a product.
#if defined(__x86_64__)

#include "begin.h"

#pragma STDC FP_CONTRACT OFF

#include "../../lanes/outputs.h"

/// Rows whose sums one panel holds.
#define PANEL_ROWS 64
/// Outputs of a part, and parts of a tile.
#define PART 8
#define PARTS (SK_TILE_OUTPUTS / PART)
/// Tiles worked on together, which share what is found out about a group's activations: as streams of memory where few
/// rows wait for them, fewer where the sums of many rows would leave the first-level cache.
#define TILES 4
#define MANY_ROWS_TILES 2
#define FEW_ROWS 8
/// Rows of a block of all parts of a tile, and of one of two parts: as many sums as leave registers for the rest.
#define WIDE_ROWS 2
#define TALL_ROWS 5
#define TALL_PARTS 2
/// Integer sums of the largest block.
#define SUMS 10
/// Independent chains of the dot probe.
#define PROBE_SUMS 8
/// Bytes of a cache line.
#define LINE 64

/// What codes are: 8 bits; 4 bits less 8; 4 bits less a zero of their own.
enum code_form { BYTES, HALVES, HALVES_LESS_ZEROS };

/// Inputs whose products add up in 16 bits, four of them two pairs. 4-bit codes less 8: 32 x 8 x 127. Others: 16 x 15 x
/// 127.
static inline __attribute__((always_inline)) size_t short_inputs(enum code_form form) {
    return form == HALVES ? 64 : 32;
}

/// What a call is about; see `matmul_quantized` in skein_kernels.h.
struct quantized {
    const struct sk_quantized_rows *x;
    const struct sk_quantization *quantization;
    const char *tiles;
    size_t depth, tile_bytes, begin, end;
    const float *bias;
    float *y;
    size_t y_stride;
};

/// The rows of a panel, and their sums of some tiles: those of row r from r * stride on.
struct panel {
    size_t first, count, stride;
    float sums[PANEL_ROWS * MANY_ROWS_TILES * SK_TILE_OUTPUTS] __attribute__((aligned(32)));
    /// Where the 16-bit sums of a group begin, two of them in each: what makes 4-bit codes codes less 8.
    int32_t starts[PANEL_ROWS][2];
};

/// What is fetched while a group is worked on: at step s two lines of stream s % 2^shift, the next ones in each.
struct ahead {
    const char *streams[TILES];
    size_t shift;
};

/// Eight outputs of a group.
struct part_group {
    const uint8_t *codes;
    __m256 scales;
    /// HALVES_LESS_ZEROS only.
    __m256i zeros;
};

/// Four neighbouring activation codes, for every output.
static inline __m256i four_codes(const int8_t *codes) {
    int32_t four;
    memcpy(&four, codes, sizeof four);
    return _mm256_set1_epi32(four);
}

static inline __m256i load_codes(const uint8_t *codes) {
    return _mm256_loadu_si256((const __m256i *)(const void *)codes);
}

/// Adds pairs of neighbouring 16-bit sums.
static inline __m256i widened(__m256i pairs) { return _mm256_madd_epi16(pairs, _mm256_set1_epi16(1)); }

/// Adds to `sum` the products of four 8-bit codes, given as they are signed and as magnitudes, and four activations.
static inline __m256i add_products(__m256i sum, __m256i codes, __m256i magnitudes, __m256i activations) {
    const __m256i signs = _mm256_sign_epi8(activations, codes);
    return _mm256_add_epi32(sum, widened(_mm256_maddubs_epi16(magnitudes, signs)));
}

/// Fetches what step `step` of a group is to fetch: its lines from `line` on, as many as a block of `parts` parts reads
/// itself.
static inline void fetch(const struct ahead *ahead, size_t step, size_t line, const size_t parts) {
    const size_t stream = step & (((size_t)1 << ahead->shift) - 1);
    const char *lines = ahead->streams[stream] + (step >> ahead->shift) * (2 * LINE) + line * LINE;
    __builtin_prefetch(lines, 0, 2);
    if (parts == PARTS) __builtin_prefetch(lines + LINE, 0, 2);
}

/// Adds the products of a group of 8-bit codes to a block's integers. width, rows and parts are constants.
static inline __attribute__((always_inline)) void multiply_bytes(
    const struct part_group *group, const int8_t *x, size_t depth, const size_t width, const size_t rows,
    const size_t parts, const struct ahead *ahead, size_t line, __m256i *sums) {
    for (size_t k = 0, offset = 0; k < depth; k += 4, offset += 128) {
        if (ahead != NULL) fetch(ahead, k / 4, line, parts);
#pragma clang loop unroll(full)
        for (size_t p = 0; p < parts; p++) {
            const uint8_t *codes = group[p].codes + offset;
            const __m256i w = _mm256_xor_si256(load_codes(codes), _mm256_set1_epi8((char)0x80));
            const __m256i magnitudes = _mm256_abs_epi8(w);
#pragma clang loop unroll(full)
            for (size_t r = 0; r < rows; r++) {
                __m256i *sum = &sums[r * parts + p];
                *sum = add_products(*sum, w, magnitudes, four_codes(x + r * width + k));
            }
        }
    }
}

/// Adds the products of 4-bit codes from input k_begin on to a block's 16-bit sums. width, rows and parts are
/// constants.
static inline __attribute__((always_inline)) void multiply_halves(
    const struct part_group *group, const int8_t *x, size_t k_begin, size_t k_end, const size_t width,
    const size_t rows, const size_t parts, const struct ahead *ahead, __m256i *shorts) {
    const __m256i mask = _mm256_set1_epi8(15);
    for (size_t k = k_begin; k < k_end; k += 8) {
        if (ahead != NULL) fetch(ahead, k / 8, 0, parts);
#pragma clang loop unroll(full)
        for (size_t p = 0; p < parts; p++) {
            const uint8_t *codes = group[p].codes + k * 16;
            const __m256i both = load_codes(codes), low = _mm256_and_si256(both, mask);
#pragma clang loop unroll(full)
            for (size_t r = 0; r < rows; r++) {
                const __m256i products = _mm256_maddubs_epi16(low, four_codes(x + r * width + k));
                shorts[r * parts + p] = _mm256_add_epi16(shorts[r * parts + p], products);
            }
            const __m256i high = _mm256_and_si256(_mm256_srli_epi16(both, 4), mask);
#pragma clang loop unroll(full)
            for (size_t r = 0; r < rows; r++) {
                const __m256i products = _mm256_maddubs_epi16(high, four_codes(x + r * width + k + 4));
                shorts[r * parts + p] = _mm256_add_epi16(shorts[r * parts + p], products);
            }
        }
    }
}

/// The integers of a block of 4-bit codes for one group. width, form, rows and parts are constants.
static inline __attribute__((always_inline)) void multiply_short(
    const struct part_group *group, const int8_t *x, const int32_t (*starts)[2], size_t depth, const size_t width,
    const enum code_form form, const size_t rows, const size_t parts, const struct ahead *ahead, __m256i *sums) {
#pragma clang loop unroll(full)
    for (size_t begin = 0; begin < width; begin += short_inputs(form)) {
        const size_t left = begin < depth ? depth - begin : 0;
        const size_t end = begin + (left < short_inputs(form) ? left : short_inputs(form));
        __m256i shorts[SUMS];
#pragma clang loop unroll(full)
        for (size_t i = 0; i < rows * parts; i++) {
            const int32_t *start = &starts[i / parts][begin / 64];
            shorts[i] = form == HALVES ? _mm256_set1_epi32(*start) : _mm256_setzero_si256();
        }
        multiply_halves(group, x, begin, end, width, rows, parts, ahead, shorts);
#pragma clang loop unroll(full)
        for (size_t i = 0; i < rows * parts; i++) {
            sums[i] = begin == 0 ? widened(shorts[i]) : _mm256_add_epi32(sums[i], widened(shorts[i]));
        }
    }
}

/// Adds a group's share to the sums of some rows of a panel, outputs from `column` on. width, form, rows and parts are
/// constants wherever this is called.
static inline __attribute__((always_inline)) void multiply_block(
    const struct quantized *job, const struct part_group *group, size_t depth, size_t index, struct panel *panel,
    size_t row, size_t column, const size_t width, const enum code_form form, const size_t rows,
    const size_t parts, const struct ahead *ahead) {
    const size_t place = index * job->x->row_capacity + panel->first + row;
    const int8_t *x = job->x->codes + place * width;
    __m256i sums[SUMS];
    if (form == BYTES) {
#pragma clang loop unroll(full)
        for (size_t i = 0; i < rows * parts; i++) sums[i] = _mm256_setzero_si256();
        multiply_bytes(group, x, depth, width, rows, parts, ahead, column % SK_TILE_OUTPUTS / (2 * PART), sums);
    } else {
        multiply_short(group, x, panel->starts + row, depth, width, form, rows, parts, ahead, sums);
    }
#pragma clang loop unroll(full)
    for (size_t r = 0; r < rows; r++) {
        const __m256 scale = _mm256_set1_ps(job->x->scales[place + r]);
        const __m256i codes = _mm256_set1_epi32(job->x->sums[place + r]);
#pragma clang loop unroll(full)
        for (size_t p = 0; p < parts; p++) {
            __m256i whole = sums[r * parts + p];
            if (form == HALVES_LESS_ZEROS) whole = _mm256_sub_epi32(whole, _mm256_mullo_epi32(group[p].zeros, codes));
            float *sum = panel->sums + (row + r) * panel->stride + column + p * PART;
            const __m256 both = _mm256_mul_ps(group[p].scales, scale);
            _mm256_store_ps(sum, _mm256_fmadd_ps(_mm256_cvtepi32_ps(whole), both, _mm256_load_ps(sum)));
        }
    }
}

/// multiply_block for a number of rows known only at run time, rows_max at most (a constant).
static inline __attribute__((always_inline)) void multiply_rows(
    const struct quantized *job, const struct part_group *group, size_t depth, size_t index, struct panel *panel,
    size_t row, size_t rows, size_t column, const size_t width, const enum code_form form, const size_t rows_max,
    const size_t parts, const struct ahead *ahead) {
#define SK_ROWS_CASE(ROWS) \
    case ROWS: \
        if (ROWS > rows_max) break; \
        multiply_block(job, group, depth, index, panel, row, column, width, form, ROWS, parts, ahead); \
        break;
    switch (rows) {
        SK_EACH_ROW_COUNT(SK_ROWS_CASE)
    default: break;
    }
#undef SK_ROWS_CASE
}

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

/// One group of a tile for the rows of a panel, whose sums begin at `column`; width and form are constants.
static inline __attribute__((always_inline)) void multiply_group(
    const struct quantized *job, struct panel *panel, const struct sk_group *stored, size_t index, size_t column,
    const size_t width, const enum code_form form, const struct ahead *ahead) {
    struct part_group group[PARTS];
#pragma clang loop unroll(full)
    for (size_t p = 0; p < PARTS; p++) {
        group[p].codes = stored->codes + p * PART * 4;
        group[p].scales = half_of_f16(stored->scales + p * PART);
        if (form == HALVES_LESS_ZEROS) {
            group[p].zeros =
                _mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)(const void *)(stored->zeros + p * PART)));
        }
    }
    if (form != BYTES || panel->count <= WIDE_ROWS) {
        for (size_t row = 0; row < panel->count; row += WIDE_ROWS) {
            const size_t left = panel->count - row, rows = left < WIDE_ROWS ? left : WIDE_ROWS;
            multiply_rows(
                job, group, stored->depth, index, panel, row, rows, column, width, form, WIDE_ROWS, PARTS,
                row == 0 ? ahead : NULL);
        }
        return;
    }
    const size_t blocks = (panel->count + TALL_ROWS - 1) / TALL_ROWS;
    for (size_t p = 0; p < PARTS; p += TALL_PARTS) {
        for (size_t block = 0; block < blocks; block++) {
            // Rows are dealt evenly, so that 6 rows are 3 + 3 and not 5 + 1.
            const size_t row = block * panel->count / blocks, rows = (block + 1) * panel->count / blocks - row;
            multiply_rows(
                job, &group[p], stored->depth, index, panel, row, rows, column + p * PART, width, form, TALL_ROWS,
                TALL_PARTS, block == 0 ? ahead : NULL);
        }
    }
}

/// What the group `index` of tile `tile` + `place` fetches: its share of the groups that follow it and its neighbours,
/// or, at their end, of the first groups of the tiles after them. What lies behind the matrix is fetched in vain.
static inline struct ahead find_ahead(
    const struct quantized *job, const struct panel *panel, size_t tile, size_t place, size_t index) {
    const size_t streams = panel->stride / SK_TILE_OUTPUTS, bytes = sk_group_bytes(job->quantization);
    const size_t share = bytes / streams / (2 * LINE) * (2 * LINE);
    const bool is_last = (index + 1) * job->quantization->group >= job->depth;
    struct ahead ahead = {.shift = streams == TILES ? 2 : 1};
    for (size_t t = 0; t < streams; t++) {
        const char *next = job->tiles + (tile + t + (is_last ? streams : 0)) * job->tile_bytes;
        ahead.streams[t] = next + (is_last ? 0 : (index + 1) * bytes) + place * share;
    }
    return ahead;
}

/// All groups of some tiles for the rows of a panel; width and form are constants.
static inline __attribute__((always_inline)) void multiply_groups(
    const struct quantized *job, struct panel *panel, size_t tile, size_t tile_count, const size_t width,
    const enum code_form form) {
    for (size_t index = 0; index * width < job->depth; index++) {
        if (form == HALVES) find_starts(job, panel, sk_group_depth(width, job->depth, index), index, width);
        for (size_t t = 0; t < tile_count; t++) {
            const struct sk_group stored =
                sk_group_of(job->tiles + (tile + t) * job->tile_bytes, job->quantization, job->depth, index);
            const struct ahead ahead = find_ahead(job, panel, tile, t, index);
            multiply_group(job, panel, &stored, index, t * SK_TILE_OUTPUTS, width, form, &ahead);
        }
    }
}

/// Some tiles for the rows of a panel.
static void multiply_tiles(const struct quantized *job, struct panel *panel, size_t tile, size_t tile_count) {
    const struct sk_quantization *quantization = job->quantization;
    memset(panel->sums, 0, panel->count * panel->stride * sizeof panel->sums[0]);
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
            const lanes sum = lanes_load(panel->sums + r * panel->stride + column);
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
    struct panel panel;
    for (panel.first = 0; panel.first < row_count; panel.first += PANEL_ROWS) {
        panel.count = row_count - panel.first < PANEL_ROWS ? row_count - panel.first : PANEL_ROWS;
        const size_t step = panel.count <= FEW_ROWS ? TILES : MANY_ROWS_TILES;
        panel.stride = step * SK_TILE_OUTPUTS;
        for (size_t tile = output_begin / SK_TILE_OUTPUTS; tile < tile_end; tile += step) {
            const size_t tile_count = tile_end - tile < step ? tile_end - tile : step;
            multiply_tiles(&job, &panel, tile, tile_count);
            store_panel(&job, &panel, tile * SK_TILE_OUTPUTS, tile_count);
        }
    }
}

/// A step of the dot probe: 32 products a sum, with the activations out of cache, as they are used.
static inline __attribute__((always_inline)) void probe_step(
    __m256i *sums, const int8_t *activations, __m256i codes, const uint32_t bits) {
    const __m256i magnitudes = _mm256_abs_epi8(codes);
#pragma clang loop unroll(full)
    for (int i = 0; i < PROBE_SUMS; i++) {
        const __m256i four = four_codes(activations + i * 4);
        sums[i] = bits == 8 ? add_products(sums[i], codes, magnitudes, four)
                            : _mm256_add_epi16(sums[i], _mm256_maddubs_epi16(codes, four));
    }
}

int32_t SK_NAME(dot_probe)(size_t rounds, uint32_t bits) {
    int8_t activations[PROBE_SUMS * 4] = {4, 5, 6};
    const __m256i codes = _mm256_set1_epi32(0x01020304);
    __m256i sums[PROBE_SUMS];
    for (int i = 0; i < PROBE_SUMS; i++) sums[i] = _mm256_set1_epi32(i);
    for (size_t step = 0; step < rounds * (SK_DOT_PROBE_PRODUCTS / 32 / PROBE_SUMS); step++) {
        // Memory may have changed, as far as the compiler knows: nothing is taken out of the loop.
        __asm__ volatile("" : : "r"(activations) : "memory");
        if (bits == 8) {
            probe_step(sums, activations, codes, 8);
        } else {
            probe_step(sums, activations, codes, 4);
        }
    }
    int32_t parts[8], sum = 0;
    for (int i = 0; i < PROBE_SUMS; i++) {
        memcpy(parts, &sums[i], sizeof parts);
        for (int j = 0; j < 8; j++) sum ^= parts[j];
    }
    return sum;
}

#include "end.h"

#endif
