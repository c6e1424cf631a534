/// The first half of attention.h: from keys to weights.
#include "functions.h"

/// Rows that a part of the code is made for are constants, and so is how keys and values are stored.
#define SK_MADE_FOR static inline __attribute__((always_inline))

/// Vectors of 16 values that a group takes at once.
#define SK_ATTENTION_VALUES_MAX (2 * SK_ATTENTION_VECTORS > 4 ? 2 * SK_ATTENTION_VECTORS : 4)

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

static inline const char *block_of(const struct group_tile *g, size_t key) {
    const size_t entry = g->first_block + key / SK_KV_BLOCK_POSITIONS;
    return (const char *)g->rows->pool + (size_t)g->rows->block_table[entry] * g->rows->block_stride;
}

/// 16 elements of a matrix of keys or values from element i on, codes as they are.
SK_MADE_FOR lanes load_elements(const enum sk_kv_type type, const void *matrix, size_t i) {
    switch (type) {
    case SK_KV_F16: return lanes_load_f16((const uint16_t *)matrix + i);
    case SK_KV_INT8: return lanes_load_i8((const int8_t *)matrix + i);
    default: return lanes_load((const float *)matrix + i);
    }
}

/// The first n of them, n <= 16, +0 in the other lanes; reads nothing past them.
SK_MADE_FOR lanes load_some_elements(const enum sk_kv_type type, const void *matrix, size_t i, size_t n) {
    if (n == 16) return load_elements(type, matrix, i);
    if (type == SK_KV_F32) return lanes_load_first((const float *)matrix + i, n);
    const size_t width = sk_kv_element_bytes(type);
    uint16_t copy[16] = {0};
    memcpy(copy, (const char *)matrix + i * width, n * width);
    return load_elements(type, copy, 0);
}

/// The keys of the tile that a row sees.
static inline void find_range(struct group_tile *g, size_t r) {
    const size_t position = g->rows->first_position + (g->row + r) * g->rows->position_step;
    const size_t window = g->rows->window;
    const size_t start = g->first_block * SK_KV_BLOCK_POSITIONS;
    const size_t first = window > 0 && position >= window ? position - window + 1 : 0;
    const size_t end = position + 1 > start ? position + 1 - start : 0;
    g->begin[r] = first > start ? first - start : 0;
    g->end[r] = end < SK_ATTENTION_TILE_KEYS ? end : SK_ATTENTION_TILE_KEYS;
}

/// Scores of `group` rows for the 32 keys from `key` on.
SK_MADE_FOR void score_block(struct group_tile *g, const enum sk_kv_type type, const size_t group, size_t key) {
    const size_t vectors = group > 2 ? SK_ATTENTION_VECTORS : SK_KV_BLOCK_POSITIONS / 16;
    const char *keys = block_of(g, key) + g->rows->key_offset;
    const float *q = g->rows->q + g->row * g->rows->q_stride;
    const size_t q_stride = g->rows->q_stride, head_dim = g->rows->head_dim;
    const lanes scale = lanes_set(g->rows->scale);
    for (size_t part = 0; part < SK_KV_BLOCK_POSITIONS; part += 16 * vectors) {
        lanes dots[SK_ATTENTION_GROUP][SK_KV_BLOCK_POSITIONS / 16];
#pragma clang loop unroll(full)
        for (size_t r = 0; r < group; r++) {
#pragma clang loop unroll(full)
            for (size_t v = 0; v < vectors; v++) dots[r][v] = lanes_zero();
        }
        for (size_t d = 0; d < head_dim; d++) {
            lanes k[SK_KV_BLOCK_POSITIONS / 16];
#pragma clang loop unroll(full)
            for (size_t v = 0; v < vectors; v++) {
                k[v] = load_elements(type, keys, d * SK_KV_BLOCK_POSITIONS + part + 16 * v);
            }
#pragma clang loop unroll(full)
            for (size_t r = 0; r < group; r++) {
                const lanes x = lanes_set(q[r * q_stride + d]);
#pragma clang loop unroll(full)
                for (size_t v = 0; v < vectors; v++) dots[r][v] = lanes_fma(x, k[v], dots[r][v]);
            }
        }
#pragma clang loop unroll(full)
        for (size_t v = 0; v < vectors; v++) {
            const size_t place = part + 16 * v;
            const lanes key_scales =
                type == SK_KV_INT8 ? lanes_load(sk_kv_scales(keys, head_dim) + place) : lanes_zero();
#pragma clang loop unroll(full)
            for (size_t r = 0; r < group; r++) {
                const lanes dot = type == SK_KV_INT8 ? lanes_multiply(dots[r][v], key_scales) : dots[r][v];
                lanes_store(g->scores[r] + key + place, lanes_multiply(dot, scale));
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
