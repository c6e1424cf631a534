/// Quantized linear layers, numerics.md rule 1. Lanes are outputs; the integers of a block of rows x vectors stay in
/// registers for a whole group, and the f32 sums of all its rows wait in a panel in cache meanwhile.
///
/// From outside in: panels of rows, neighbouring tiles, groups, blocks of rows, inputs. A group's codes are read from
/// memory once and stay in cache for all rows; what follows them is fetched meanwhile. Codes of 4 bits are taken apart
/// in registers for the rows of one block, once a group into a buffer for more. Blocks are wide (few rows, several
/// vectors) or, for the row counts that then fit one, tall.
#include "outputs.h"

/// Rows whose sums one panel holds.
#define PANEL_ROWS 64
/// Tiles worked on together.
#define TILES ((SK_QUANTIZED_VECTORS + 1) / 2)
/// Sums of the larger form.
#define DOTS_MAX \
    (SK_QUANTIZED_ROWS * SK_QUANTIZED_VECTORS > SK_QUANTIZED_TALL_ROWS * SK_QUANTIZED_TALL_VECTORS \
         ? SK_QUANTIZED_ROWS * SK_QUANTIZED_VECTORS \
         : SK_QUANTIZED_TALL_ROWS * SK_QUANTIZED_TALL_VECTORS)
/// Vectors whose lines of the next group a block fetches, at most.
#define AHEAD_MAX 2
/// Bytes that are fetched ahead: about what memory delivers within its latency.
#define BYTES_AHEAD 4096
/// Bytes of a group of 32 outputs at most, one byte a code.
#define GROUP_BYTES_MAX (128 * SK_TILE_OUTPUTS)

/// How the codes of a block are stored.
enum code_form { WIDE, HALVES, NARROW };

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

/// Sixteen outputs of a group: two vectors make a tile.
struct vector_group {
    const uint8_t *codes;
    /// The codes as the matrix has them.
    const uint8_t *stored;
    lanes scales;
    /// The zeros that are still to be subtracted.
    ints zeros;
};

/// The rows of a panel and their sums.
struct panel {
    size_t first, count;
    lanes sums[PANEL_ROWS][SK_QUANTIZED_VECTORS];
};

/// What a block fetches while it works: lines `stride` bytes apart, one each for every four inputs.
struct ahead {
    const uint8_t *lines[AHEAD_MAX];
    size_t stride;
};

/// Four activation codes from input k on.
static inline uint32_t four_codes(const int8_t *codes, size_t k) {
    uint32_t four;
    memcpy(&four, codes + k, sizeof four);
    return four;
}

/// Adds a group's share to the sums of some rows of a panel. form, rows and vectors are constants wherever this is
/// called. Without `ahead` it fetches what follows its own codes.
static inline __attribute__((always_inline)) void multiply_group(
    const struct quantized *job, const struct vector_group *group, size_t depth, size_t index, struct panel *panel,
    size_t row, const enum code_form form, const size_t rows, const size_t vectors, const struct ahead *ahead) {
    const size_t place = index * job->x->row_capacity + panel->first + row, width = job->quantization->group;
    const int8_t *x = job->x->codes + place * width;
    ints dots[DOTS_MAX];
#pragma clang loop unroll(full)
    for (size_t r = 0; r < rows; r++) {
        const ints sum = ints_set(-job->x->sums[place + r]);
#pragma clang loop unroll(full)
        for (size_t v = 0; v < vectors; v++) dots[r * vectors + v] = ints_multiply(group[v].zeros, sum);
    }
    const size_t inputs = form == HALVES ? 8 : 4;
    for (size_t k = 0, offset = 0; k < depth; k += inputs, offset += 128) {
        codes w[SK_QUANTIZED_VECTORS], high[SK_QUANTIZED_VECTORS];
#pragma clang loop unroll(full)
        for (size_t v = 0; v < vectors; v++) {
            w[v] = codes_load(group[v].codes + offset);
            if (ahead == NULL) __builtin_prefetch(group[v].codes + offset + BYTES_AHEAD, 0, 2);
            if (form == HALVES) {
                high[v] = codes_high(w[v]);
                w[v] = codes_low(w[v]);
            }
        }
        if (ahead != NULL) {
#pragma clang loop unroll(full)
            for (int i = 0; i < AHEAD_MAX; i++) __builtin_prefetch(ahead->lines[i] + k / 4 * ahead->stride, 0, 2);
        }
#pragma clang loop unroll(full)
        for (size_t r = 0; r < rows; r++) {
            const uint32_t four = four_codes(x + r * width, k);
#pragma clang loop unroll(full)
            for (size_t v = 0; v < vectors; v++) {
                ints *dot = &dots[r * vectors + v];
                *dot = form == WIDE ? ints_dot_wide(*dot, w[v], four) : ints_dot_narrow(*dot, w[v], four);
            }
            if (form == HALVES) {
                const uint32_t next = four_codes(x + r * width, k + 4);
#pragma clang loop unroll(full)
                for (size_t v = 0; v < vectors; v++) {
                    ints *dot = &dots[r * vectors + v];
                    *dot = ints_dot_narrow(*dot, high[v], next);
                }
            }
        }
    }
#pragma clang loop unroll(full)
    for (size_t r = 0; r < rows; r++) {
        const lanes scale = lanes_set(job->x->scales[place + r]);
#pragma clang loop unroll(full)
        for (size_t v = 0; v < vectors; v++) {
            lanes *sum = &panel->sums[row + r][v];
            const lanes both = lanes_multiply(group[v].scales, scale);
            *sum = lanes_fma(lanes_of_ints(dots[r * vectors + v]), both, *sum);
        }
    }
}

/// multiply_group for a number of rows known only at run time, rows_max at most (a constant).
static inline __attribute__((always_inline)) void multiply_group_rows(
    const struct quantized *job, const struct vector_group *group, size_t depth, size_t index, struct panel *panel,
    size_t row, size_t rows, const enum code_form form, const size_t rows_max, const size_t vectors,
    const struct ahead *ahead) {
#define SK_ROWS_CASE(ROWS) \
    case ROWS: \
        if (ROWS <= rows_max) multiply_group(job, group, depth, index, panel, row, form, ROWS, vectors, ahead); \
        break;
    switch (rows) {
        SK_EACH_ROW_COUNT(SK_ROWS_CASE)
    default: break;
    }
#undef SK_ROWS_CASE
}

/// Which lines of the next group the block `index` of `blocks` fetches: its share of them.
static inline struct ahead find_ahead(
    const struct quantized *job, const struct vector_group *group, size_t index, size_t blocks,
    const size_t vectors) {
    const bool is_wide = job->quantization->bits == 8;
    const size_t units = is_wide ? vectors : (vectors + 1) / 2, shares = blocks < units ? blocks : units;
    const size_t next = sk_group_bytes(job->quantization);
    struct ahead ahead = {.stride = is_wide ? 128 : 64};
    for (size_t i = 0; i < AHEAD_MAX; i++) {
        const size_t unit = i == 0 ? index * units / shares : (index + 1) * units / shares - 1;
        const size_t vector = is_wide ? unit : unit * 2;
        ahead.lines[i] = index < shares ? group[vector].stored + next : group[0].stored;
    }
    return ahead;
}

/// All blocks of rows of a panel, for one group.
static inline __attribute__((always_inline)) void multiply_panel_group(
    const struct quantized *job, const struct vector_group *group, size_t depth, size_t index, struct panel *panel,
    const enum code_form form, const size_t rows_max, const size_t vectors) {
    const size_t blocks = (panel->count + rows_max - 1) / rows_max;
    for (size_t block = 0; block < blocks; block++) {
        // Rows are dealt evenly, so that 13 rows are 4 + 4 + 5 and not 6 + 6 + 1.
        const size_t row = block * panel->count / blocks, rows = (block + 1) * panel->count / blocks - row;
        const struct ahead ahead = find_ahead(job, group, block, blocks, vectors);
        multiply_group_rows(job, group, depth, index, panel, row, rows, form, rows_max, vectors, &ahead);
    }
}

/// Takes the codes of a group of one vector apart: one byte a code, 128 bytes from one four inputs to the next.
static inline void take_apart(const uint8_t *halves, size_t depth, uint8_t *bytes) {
    for (size_t k = 0; k < depth; k += 8) {
        const codes both = codes_load(halves + k / 8 * 128);
        codes_store(bytes + k / 4 * 128, codes_low(both));
        codes_store(bytes + k / 4 * 128 + 128, codes_high(both));
    }
}

/// The group `index` of `vectors` vectors from `vector` on.
static inline __attribute__((always_inline)) size_t find_group(
    const struct quantized *job, size_t vector, size_t index, struct vector_group *group, const size_t vectors) {
    const int32_t common = job->quantization->bits == 8 ? SK_WIDE_ZERO : 8;
    size_t depth = 0;
#pragma clang loop unroll(full)
    for (size_t v = 0; v < vectors; v++) {
        const char *tile = job->tiles + (vector + v) / 2 * job->tile_bytes;
        const struct sk_group parts = sk_group_of(tile, job->quantization, job->depth, index);
        const size_t column = (vector + v) % 2 * 16;
        group[v].codes = group[v].stored = parts.codes + column * 4;
        group[v].scales = lanes_load_f16(parts.scales + column);
        group[v].zeros = parts.zeros != NULL ? ints_load_bytes(parts.zeros + column) : ints_set(common);
        depth = parts.depth;
    }
    return depth;
}

/// All groups of some neighbouring vectors for the rows of a panel; `rows_max` and `vectors` are constants.
static inline __attribute__((always_inline)) void multiply_vectors(
    const struct quantized *job, struct panel *panel, size_t vector, const size_t rows_max, const size_t vectors) {
    for (size_t r = 0; r < panel->count; r++) {
        for (size_t v = 0; v < vectors; v++) panel->sums[r][v] = lanes_zero();
    }
    const size_t group_count = (job->depth + job->quantization->group - 1) / job->quantization->group;
    const bool is_wide = job->quantization->bits == 8, is_one_block = panel->count <= rows_max;
    for (size_t index = 0; index < group_count; index++) {
        struct vector_group group[SK_QUANTIZED_VECTORS];
        const size_t depth = find_group(job, vector, index, group, vectors);
        if (is_one_block && is_wide) {
            multiply_group_rows(
                job, group, depth, index, panel, 0, panel->count, WIDE, rows_max, vectors, NULL);
        } else if (is_one_block) {
            multiply_group_rows(
                job, group, depth, index, panel, 0, panel->count, HALVES, rows_max, vectors, NULL);
        } else if (is_wide) {
            multiply_panel_group(job, group, depth, index, panel, WIDE, rows_max, vectors);
        } else {
            uint8_t bytes[TILES * GROUP_BYTES_MAX] __attribute__((aligned(64)));
            for (size_t v = 0; v < vectors; v++) {
                uint8_t *target = bytes + v / 2 * GROUP_BYTES_MAX + v % 2 * 64;
                take_apart(group[v].codes, depth, target);
                group[v].codes = target;
            }
            multiply_panel_group(job, group, depth, index, panel, NARROW, rows_max, vectors);
        }
    }
    for (size_t v = 0; v < vectors; v++) {
        const size_t output = 16 * (vector + v);
        const bool adds_bias = job->bias != NULL;
        const lanes bias = adds_bias ? load_outputs(job->bias + job->begin, job->begin, job->end, output)
                                     : lanes_zero();
        for (size_t r = 0; r < panel->count; r++) {
            const lanes sum = panel->sums[r][v];
            store_outputs(
                job->y + (panel->first + r) * job->y_stride, job->begin, job->end, output,
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
    const size_t vector_end = (output_end + 15) / 16;
    struct panel panel;
    for (panel.first = 0; panel.first < row_count; panel.first += PANEL_ROWS) {
        panel.count = row_count - panel.first < PANEL_ROWS ? row_count - panel.first : PANEL_ROWS;
        size_t vector = output_begin / SK_TILE_OUTPUTS * 2;
        const size_t wide_rows = quantization->bits == 8 ? SK_QUANTIZED_ROWS : SK_QUANTIZED_HALVES_ROWS;
        if (panel.count <= wide_rows || panel.count > SK_QUANTIZED_TALL_ROWS) {
            for (; vector + SK_QUANTIZED_VECTORS <= vector_end; vector += SK_QUANTIZED_VECTORS) {
                multiply_vectors(&job, &panel, vector, SK_QUANTIZED_ROWS, SK_QUANTIZED_VECTORS);
            }
        }
        for (; vector + SK_QUANTIZED_TALL_VECTORS <= vector_end; vector += SK_QUANTIZED_TALL_VECTORS) {
            multiply_vectors(&job, &panel, vector, SK_QUANTIZED_TALL_ROWS, SK_QUANTIZED_TALL_VECTORS);
        }
        for (; vector < vector_end; vector++) {
            multiply_vectors(&job, &panel, vector, SK_QUANTIZED_TALL_ROWS, 1);
        }
    }
}

int32_t SK_NAME(dot_probe)(size_t rounds, uint32_t bits) {
    const uint8_t bytes[64] = {1, 2, 3};
    const codes w = codes_load(bytes);
    ints chains[SK_DOT_CHAINS];
    for (int c = 0; c < SK_DOT_CHAINS; c++) chains[c] = ints_set(c);
    // A step is 64 products a chain.
    for (size_t step = 0; step < rounds * (SK_DOT_PROBE_PRODUCTS / 64 / SK_DOT_CHAINS); step++) {
#pragma clang loop unroll(full)
        for (int c = 0; c < SK_DOT_CHAINS; c++) {
            chains[c] = bits == 8 ? ints_dot_wide(chains[c], w, (uint32_t)step)
                                  : ints_dot_narrow(chains[c], w, (uint32_t)step);
        }
    }
    int32_t parts[16], sum = 0;
    for (int c = 0; c < SK_DOT_CHAINS; c++) {
        memcpy(parts, &chains[c], sizeof parts);
        for (int j = 0; j < 16; j++) sum ^= parts[j];
    }
    return sum;
}
