/// Attention over a paged cache, numerics.md rules 5 and 6, for groups of rows that share each load of K and V.
///
/// A group is up to SK_ATTENTION_GROUP neighbouring rows. In one tile each row sees one range of keys;
/// neighbours see nearly the same one. Scores: lanes are keys. Values: lanes are dimensions, keys ascending;
/// what all rows of the group see is done together, the few keys at either end row by row. Positions here are
/// relative to the tile.
#include "scores.h"

/// Multiplies a row's weights begin ..< end, and what lies beside them, by the scales of their values.
static inline void scale_weights(struct group_tile *g, size_t r, size_t begin, size_t end) {
    for (size_t i = begin / 16 * 16; i < end; i += 16) {
        const float *scales = sk_kv_scales(block_of(g, i) + g->rows->value_offset, g->rows->head_dim);
        const lanes scale = lanes_load(scales + i % SK_KV_BLOCK_POSITIONS);
        lanes_store(g->scores[r] + i, lanes_multiply(lanes_load(g->scores[r] + i), scale));
    }
}

/// o[d] = fma(w, v[d], o[d]) over the keys begin ..< end, for `group` rows from first_row on and `vectors` x 16
/// dimensions from d on, the last 16 of which hold n; o of row r is at o + r * o_stride.
SK_MADE_FOR void add_values(
    const struct group_tile *g, const enum sk_kv_type type, size_t first_row, const size_t group,
    const size_t vectors, size_t begin, size_t end, size_t d, size_t n, float *o, size_t o_stride) {
    lanes sums[SK_ATTENTION_GROUP][SK_ATTENTION_VALUES_MAX];
    const size_t head_dim = g->rows->head_dim, value_offset = g->rows->value_offset;
    float *out = o + first_row * o_stride + d;
#pragma clang loop unroll(full)
    for (size_t r = 0; r < group; r++) {
#pragma clang loop unroll(full)
        for (size_t v = 0; v < vectors; v++) {
            const size_t width = v + 1 < vectors ? 16 : n;
            sums[r][v] = lanes_load_up_to(out + r * o_stride + 16 * v, width);
        }
    }
    for (size_t key = begin; key < end;) {
        const char *values = block_of(g, key) + value_offset;
        const size_t next = key / SK_KV_BLOCK_POSITIONS * SK_KV_BLOCK_POSITIONS + SK_KV_BLOCK_POSITIONS;
        const size_t block_end = next < end ? next : end;
        for (; key < block_end; key++) {
            const size_t start = key % SK_KV_BLOCK_POSITIONS * head_dim + d;
            lanes x[SK_ATTENTION_VALUES_MAX];
#pragma clang loop unroll(full)
            for (size_t v = 0; v < vectors; v++) {
                x[v] = load_some_elements(type, values, start + 16 * v, v + 1 < vectors ? 16 : n);
            }
#pragma clang loop unroll(full)
            for (size_t r = 0; r < group; r++) {
                const lanes w = lanes_set(g->scores[first_row + r][key]);
#pragma clang loop unroll(full)
                for (size_t v = 0; v < vectors; v++) sums[r][v] = lanes_fma(w, x[v], sums[r][v]);
            }
        }
    }
#pragma clang loop unroll(full)
    for (size_t r = 0; r < group; r++) {
#pragma clang loop unroll(full)
        for (size_t v = 0; v < vectors; v++) {
            const size_t width = v + 1 < vectors ? 16 : n;
            lanes_store_up_to(out + r * o_stride + 16 * v, width, sums[r][v]);
        }
    }
}

/// add_values over all dimensions, as many at a time as registers hold, as long as they are full.
SK_MADE_FOR void add_all_values(
    const struct group_tile *g, const enum sk_kv_type type, size_t first_row, const size_t group, size_t begin,
    size_t end, float *o, size_t o_stride) {
    if (begin >= end) return;
    const size_t vectors = group > 2    ? SK_ATTENTION_VECTORS
                           : group == 2 ? 2 * SK_ATTENTION_VECTORS
                                        : SK_ATTENTION_VALUES_MAX;
    const size_t head_dim = g->rows->head_dim;
    size_t d = 0;
    for (; d + 16 * vectors <= head_dim; d += 16 * vectors) {
        add_values(g, type, first_row, group, vectors, begin, end, d, 16, o, o_stride);
    }
    for (; d < head_dim; d += 16) {
        const size_t n = head_dim - d < 16 ? head_dim - d : 16;
        add_values(g, type, first_row, group, 1, begin, end, d, n, o, o_stride);
    }
}

/// add_all_values of one row, for keys that the others of its group do not see.
static void add_row_values(const struct group_tile *g, size_t r, size_t begin, size_t end, float *o, size_t o_stride) {
    switch (g->rows->type) {
    case SK_KV_F16: add_all_values(g, SK_KV_F16, r, 1, begin, end, o, o_stride); break;
    case SK_KV_INT8: add_all_values(g, SK_KV_INT8, r, 1, begin, end, o, o_stride); break;
    default: add_all_values(g, SK_KV_F32, r, 1, begin, end, o, o_stride);
    }
}

/// One tile's partials (m, l, o[head_dim]) of `group` rows from g->row on.
SK_MADE_FOR void attend_group(
    struct group_tile *g, const enum sk_kv_type type, const size_t group, float *partial) {
    const size_t stride = g->rows->head_dim + 2;
    size_t low = SK_ATTENTION_TILE_KEYS, high = 0, shared_begin = 0, shared_end = SK_ATTENTION_TILE_KEYS;
    for (size_t r = 0; r < group; r++) {
        find_range(g, r);
        if (g->begin[r] > shared_begin) shared_begin = g->begin[r];
        if (g->end[r] < shared_end) shared_end = g->end[r];
        if (g->begin[r] >= g->end[r]) continue;
        if (g->begin[r] < low) low = g->begin[r];
        if (g->end[r] > high) high = g->end[r];
    }
    for (size_t key = low / SK_KV_BLOCK_POSITIONS * SK_KV_BLOCK_POSITIONS; key < high;
         key += SK_KV_BLOCK_POSITIONS) {
        score_block(g, type, group, key);
    }
    if (shared_end < shared_begin) shared_end = shared_begin;
    float *o = partial + 2;
    for (size_t r = 0; r < group; r++) {
        float *row = partial + r * stride;
        memset(row, 0, stride * sizeof *row);
        row[0] = -__builtin_inff();
        if (g->begin[r] >= g->end[r]) continue;
        adjust(g, r, g->begin[r], g->end[r]);
        weigh(g->scores[r], g->begin[r], g->end[r], &row[0], &row[1]);
        if (type == SK_KV_INT8) scale_weights(g, r, g->begin[r], g->end[r]);
        const size_t end = g->end[r] < shared_begin ? g->end[r] : shared_begin;
        add_row_values(g, r, g->begin[r], end, o, stride);
    }
    add_all_values(g, type, 0, group, shared_begin, shared_end, o, stride);
    for (size_t r = 0; r < group; r++) {
        const size_t begin = g->begin[r] > shared_end ? g->begin[r] : shared_end;
        add_row_values(g, r, begin, g->end[r], o, stride);
    }
}

/// Attends with a group of at most row_limit rows from g->row on; gives its size: a full group, or 4, 2, 1.
SK_MADE_FOR size_t attend_rows(
    struct group_tile *g, const enum sk_kv_type type, size_t row_limit, float *partial) {
#if SK_ATTENTION_GROUP > 4
    if (row_limit >= 8) {
        attend_group(g, type, 8, partial);
        return 8;
    }
#endif
    if (row_limit >= 4) {
        attend_group(g, type, 4, partial);
        return 4;
    }
    if (row_limit >= 2) {
        attend_group(g, type, 2, partial);
        return 2;
    }
    attend_group(g, type, 1, partial);
    return 1;
}

/// As attend_rows, for the group of rows from `row` on.
static size_t attend_some(
    struct group_tile *g, const struct sk_attention_rows *rows, size_t row, size_t tile, float *partial) {
    const size_t row_limit = rows->row_count - row;
    g->rows = rows;
    g->row = row;
    g->first_block = tile * (SK_ATTENTION_TILE_KEYS / SK_KV_BLOCK_POSITIONS);
    switch (rows->type) {
    case SK_KV_F16: return attend_rows(g, SK_KV_F16, row_limit, partial);
    case SK_KV_INT8: return attend_rows(g, SK_KV_INT8, row_limit, partial);
    default: return attend_rows(g, SK_KV_F32, row_limit, partial);
    }
}

/// A row's running result: m and l here, o unnormalized in the output.
struct running {
    float m, l;
};

/// Merges one tile's partial into a row's running result; a partial with l = 0 saw no key.
static inline void merge_partial(struct running *running, float *o, const float *partial, size_t head_dim) {
    if (partial[1] == 0.0f) return;
    if (running->l == 0.0f) {
        *running = (struct running){partial[0], partial[1]};
        memcpy(o, partial + 2, head_dim * sizeof *o);
        return;
    }
    const float m = partial[0] > running->m ? partial[0] : running->m;
    // Both factors in one call: lane 0 is the running result's, lane 1 the tile's.
    float factors[16] = {running->m, partial[0]};
    lanes_store(factors, lanes_exp(lanes_subtract(lanes_load(factors), lanes_set(m))));
    // A product and a sum that must stay two roundings and one: only lanes_fma fuses.
    const lanes a = lanes_set(factors[0]), b = lanes_set(factors[1]);
    float sums[16] = {running->l}, parts[16] = {partial[1]};
    lanes_store(sums, lanes_fma(lanes_load(sums), a, lanes_multiply(lanes_load(parts), b)));
    *running = (struct running){m, sums[0]};
    for (size_t d = 0; d < head_dim; d += 16) {
        const size_t n = head_dim - d;
        const lanes part = lanes_multiply(lanes_load_up_to(partial + 2 + d, n), b);
        lanes_store_up_to(o + d, n, lanes_fma(lanes_load_up_to(o + d, n), a, part));
    }
}

/// o / l, one division per element.
static inline void normalize(float *o, float l, size_t head_dim) {
    const lanes divisor = lanes_set(l);
    for (size_t d = 0; d < head_dim; d += 16) {
        const size_t n = head_dim - d;
        lanes_store_up_to(o + d, n, lanes_divide(lanes_load_up_to(o + d, n), divisor));
    }
}

void SK_NAME(attention)(const struct sk_attention_rows *restrict rows, float *restrict out, size_t out_stride) {
    const size_t head_dim = rows->head_dim, first = rows->first_position, window = rows->window;
    const size_t lowest = window > 0 && first >= window ? first - window + 1 : 0;
    const size_t last = first + (rows->row_count - 1) * rows->position_step;
    struct running running[SK_ATTENTION_ROWS_MAX] = {{0, 0}};
    struct group_tile group;
    float partial[SK_ATTENTION_GROUP * (SK_HEAD_DIM_MAX + 2)];
    for (size_t tile = lowest / SK_ATTENTION_TILE_KEYS; tile <= last / SK_ATTENTION_TILE_KEYS; tile++) {
        for (size_t row = 0; row < rows->row_count;) {
            const size_t size = attend_some(&group, rows, row, tile, partial);
            for (size_t r = 0; r < size; r++) {
                float *o = out + (row + r) * out_stride;
                merge_partial(&running[row + r], o, partial + r * (head_dim + 2), head_dim);
            }
            row += size;
        }
    }
    for (size_t r = 0; r < rows->row_count; r++) normalize(out + r * out_stride, running[r].l, head_dim);
}

void SK_NAME(attention_tile)(
    const struct sk_attention_rows *restrict rows, size_t tile, float *restrict partial) {
    struct group_tile group;
    for (size_t row = 0; row < rows->row_count;) {
        row += attend_some(&group, rows, row, tile, partial + row * (rows->head_dim + 2));
    }
}

void SK_NAME(attention_merge)(
    const float *restrict partials, size_t partial_stride, size_t tile_count, size_t row_count,
    size_t head_dim, float *restrict out, size_t out_stride) {
    for (size_t r = 0; r < row_count; r++) {
        struct running running = {0, 0};
        for (size_t t = 0; t < tile_count; t++) {
            const float *partial = partials + t * partial_stride + r * (head_dim + 2);
            merge_partial(&running, out + r * out_stride, partial, head_dim);
        }
        normalize(out + r * out_stride, running.l, head_dim);
    }
}
