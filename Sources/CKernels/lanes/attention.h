/// Attention over a paged cache, numerics.md rule 5, for groups of rows that share each load of K and V.
///
/// A group is up to SK_ATTENTION_GROUP neighbouring rows. In one tile each row sees one range of keys;
/// neighbours see nearly the same one. Scores: lanes are keys. Values: lanes are dimensions, keys ascending;
/// what all rows of the group see is done together, the few keys at either end row by row. Positions here are
/// relative to the tile.
#include "functions.h"

/// One group's view of one tile.
struct group_tile {
    const struct sk_attention_rows *rows;
    /// First row of the group.
    size_t row;
    /// Position of the tile's key 0, divided by 32.
    size_t first_block;
    /// Row r sees the keys begin[r] ..< end[r]; begin[r] >= end[r] if none.
    size_t begin[SK_ATTENTION_GROUP], end[SK_ATTENTION_GROUP];
    /// Scores, then weights.
    float scores[SK_ATTENTION_GROUP][SK_ATTENTION_TILE_KEYS];
};

static inline const float *block_of(const struct group_tile *g, size_t key) {
    const size_t entry = g->first_block + key / SK_KV_BLOCK_POSITIONS;
    return g->rows->pool + (size_t)g->rows->block_table[entry] * g->rows->block_stride;
}

/// The keys of the tile that a row sees.
static inline void find_range(struct group_tile *g, size_t r) {
    const size_t position = g->rows->first_position + g->row + r, window = g->rows->window;
    const size_t start = g->first_block * SK_KV_BLOCK_POSITIONS;
    const size_t first = window > 0 && position >= window ? position - window + 1 : 0;
    const size_t end = position + 1 > start ? position + 1 - start : 0;
    g->begin[r] = first > start ? first - start : 0;
    g->end[r] = end < SK_ATTENTION_TILE_KEYS ? end : SK_ATTENTION_TILE_KEYS;
}

/// Scores of `group` rows (a constant) for the 32 keys from `key` on.
static inline __attribute__((always_inline)) void score_block(
    struct group_tile *g, const size_t group, size_t key) {
    const float *keys = block_of(g, key) + g->rows->key_offset;
    const float *q = g->rows->q + g->row * g->rows->q_stride;
    const size_t q_stride = g->rows->q_stride, head_dim = g->rows->head_dim;
    const lanes scale = lanes_set(g->rows->scale);
    for (size_t part = 0; part < SK_KV_BLOCK_POSITIONS; part += 16 * SK_ATTENTION_VECTORS) {
        lanes dots[SK_ATTENTION_GROUP][SK_ATTENTION_VECTORS];
#pragma clang loop unroll(full)
        for (size_t r = 0; r < group; r++) {
#pragma clang loop unroll(full)
            for (size_t v = 0; v < SK_ATTENTION_VECTORS; v++) dots[r][v] = lanes_zero();
        }
        for (size_t d = 0; d < head_dim; d++) {
            lanes k[SK_ATTENTION_VECTORS];
#pragma clang loop unroll(full)
            for (size_t v = 0; v < SK_ATTENTION_VECTORS; v++) {
                k[v] = lanes_load(keys + d * SK_KV_BLOCK_POSITIONS + part + 16 * v);
            }
#pragma clang loop unroll(full)
            for (size_t r = 0; r < group; r++) {
                const lanes x = lanes_set(q[r * q_stride + d]);
#pragma clang loop unroll(full)
                for (size_t v = 0; v < SK_ATTENTION_VECTORS; v++) dots[r][v] = lanes_fma(x, k[v], dots[r][v]);
            }
        }
#pragma clang loop unroll(full)
        for (size_t r = 0; r < group; r++) {
#pragma clang loop unroll(full)
            for (size_t v = 0; v < SK_ATTENTION_VECTORS; v++) {
                lanes_store(g->scores[r] + key + part + 16 * v, lanes_multiply(dots[r][v], scale));
            }
        }
    }
}

/// The steps that some families add to a row's scores begin ..< end, and to what lies beside them in their first
/// and last vector.
static inline void adjust(struct group_tile *g, size_t r, size_t begin, size_t end) {
    const struct sk_attention_rows *rows = g->rows;
    const size_t low = begin / 16 * 16;
    float *scores = g->scores[r];
    if (rows->soft_cap > 0.0f) {
        const lanes cap = lanes_set(rows->soft_cap);
        for (size_t i = low; i < end; i += 16) {
            lanes_store(scores + i, lanes_soft_cap(lanes_load(scores + i), cap));
        }
    }
    if (rows->bias == NULL) return;
    const size_t start = g->first_block * SK_KV_BLOCK_POSITIONS;
    const float *bias = rows->bias - (g->row + r) * rows->bias_row_step;
    for (size_t i = low; i < end; i += 16) {
        lanes_store(scores + i, lanes_add(lanes_load(scores + i), lanes_load(bias + start + i)));
    }
}

/// Turns a row's scores begin ..< end into weights exp(s - m); gives m and the lane sum of the weights.
static inline void weigh(float *scores, size_t begin, size_t end, float *m, float *l) {
    const size_t low = begin / 16 * 16, high = (end + 15) / 16 * 16;
    // What lies beside the range in its first and last vector becomes exp(-infinity) = +0.
    for (size_t i = low; i < begin; i++) scores[i] = -__builtin_inff();
    for (size_t i = end; i < high; i++) scores[i] = -__builtin_inff();
    lanes largest = lanes_set(-__builtin_inff());
    for (size_t i = low; i < high; i += 16) largest = lanes_maximum(lanes_load(scores + i), largest);
    *m = lanes_largest(largest) + 0.0f;
    const lanes shift = lanes_set(*m);
    lanes sums = lanes_zero();
    for (size_t i = low; i < high; i += 16) {
        const lanes w = lanes_exp(lanes_subtract(lanes_load(scores + i), shift));
        lanes_store(scores + i, w);
        sums = lanes_add(sums, w);
    }
    *l = lanes_sum(sums);
}

/// o[d] = fma(w, v[d], o[d]) over the keys begin ..< end, for `group` rows from r on and `vectors` x 16
/// dimensions from d on, the last 16 of which hold n; o of row r is at o + r * o_stride. group and vectors
/// are constants.
static inline __attribute__((always_inline)) void add_values(
    const struct group_tile *g, size_t first_row, const size_t group, const size_t vectors, size_t begin,
    size_t end, size_t d, size_t n, float *o, size_t o_stride) {
    lanes sums[SK_ATTENTION_GROUP][2 * SK_ATTENTION_VECTORS];
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
        const float *values = block_of(g, key) + value_offset + d;
        const size_t next = key / SK_KV_BLOCK_POSITIONS * SK_KV_BLOCK_POSITIONS + SK_KV_BLOCK_POSITIONS;
        const size_t block_end = next < end ? next : end;
        for (; key < block_end; key++) {
            const float *value = values + key % SK_KV_BLOCK_POSITIONS * head_dim;
            lanes x[2 * SK_ATTENTION_VECTORS];
#pragma clang loop unroll(full)
            for (size_t v = 0; v < vectors; v++) {
                x[v] = v + 1 < vectors ? lanes_load(value + 16 * v) : lanes_load_up_to(value + 16 * v, n);
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

/// add_values over all dimensions, `vectors` x 16 at a time as long as they are full.
static inline __attribute__((always_inline)) void add_all_values(
    const struct group_tile *g, size_t first_row, const size_t group, const size_t vectors, size_t begin,
    size_t end, float *o, size_t o_stride) {
    if (begin >= end) return;
    const size_t head_dim = g->rows->head_dim;
    size_t d = 0;
    for (; d + 16 * vectors <= head_dim; d += 16 * vectors) {
        add_values(g, first_row, group, vectors, begin, end, d, 16, o, o_stride);
    }
    for (; d < head_dim; d += 16) {
        const size_t n = head_dim - d < 16 ? head_dim - d : 16;
        add_values(g, first_row, group, 1, begin, end, d, n, o, o_stride);
    }
}

/// One tile's partials (m, l, o[head_dim]) of `group` rows, a constant, from g->row on.
static inline __attribute__((always_inline)) void attend_group(
    struct group_tile *g, const size_t group, float *partial) {
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
        score_block(g, group, key);
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
        const size_t end = g->end[r] < shared_begin ? g->end[r] : shared_begin;
        add_all_values(g, r, 1, 2 * SK_ATTENTION_VECTORS, g->begin[r], end, o, stride);
    }
    const size_t vectors = group > 2 ? SK_ATTENTION_VECTORS : 2 * SK_ATTENTION_VECTORS;
    add_all_values(g, 0, group, vectors, shared_begin, shared_end, o, stride);
    for (size_t r = 0; r < group; r++) {
        const size_t begin = g->begin[r] > shared_end ? g->begin[r] : shared_end;
        add_all_values(g, r, 1, 2 * SK_ATTENTION_VECTORS, begin, g->end[r], o, stride);
    }
}

/// Starts a group of at most row_limit rows at `row`; gives its size: a full group, or 4, 2, 1.
static inline size_t attend_some(
    struct group_tile *g, const struct sk_attention_rows *rows, size_t row, size_t row_limit, size_t tile,
    float *partial) {
    g->rows = rows;
    g->row = row;
    g->first_block = tile * (SK_ATTENTION_TILE_KEYS / SK_KV_BLOCK_POSITIONS);
#if SK_ATTENTION_GROUP > 4
    if (row_limit >= 8) {
        attend_group(g, 8, partial);
        return 8;
    }
#endif
    if (row_limit >= 4) {
        attend_group(g, 4, partial);
        return 4;
    }
    if (row_limit >= 2) {
        attend_group(g, 2, partial);
        return 2;
    }
    attend_group(g, 1, partial);
    return 1;
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

void SK_NAME(attention_f32)(
    const struct sk_attention_rows *restrict rows, float *restrict out, size_t out_stride) {
    const size_t head_dim = rows->head_dim, first = rows->first_position, window = rows->window;
    const size_t lowest = window > 0 && first >= window ? first - window + 1 : 0;
    const size_t tile_end = (first + rows->row_count - 1) / SK_ATTENTION_TILE_KEYS + 1;
    struct running running[SK_ATTENTION_ROWS_MAX] = {{0, 0}};
    struct group_tile group;
    float partial[SK_ATTENTION_GROUP * (SK_HEAD_DIM_MAX + 2)];
    for (size_t tile = lowest / SK_ATTENTION_TILE_KEYS; tile < tile_end; tile++) {
        for (size_t row = 0; row < rows->row_count;) {
            const size_t size = attend_some(&group, rows, row, rows->row_count - row, tile, partial);
            for (size_t r = 0; r < size; r++) {
                float *o = out + (row + r) * out_stride;
                merge_partial(&running[row + r], o, partial + r * (head_dim + 2), head_dim);
            }
            row += size;
        }
    }
    for (size_t r = 0; r < rows->row_count; r++) normalize(out + r * out_stride, running[r].l, head_dim);
}

void SK_NAME(attention_tile_f32)(
    const struct sk_attention_rows *restrict rows, size_t tile, float *restrict partial) {
    struct group_tile group;
    for (size_t row = 0; row < rows->row_count;) {
        float *start = partial + row * (rows->head_dim + 2);
        row += attend_some(&group, rows, row, rows->row_count - row, tile, start);
    }
}

void SK_NAME(attention_merge_f32)(
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
