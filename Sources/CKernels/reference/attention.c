// Attention over a paged cache, numerics.md rules 5 and 6, one row and one key at a time.
#include "../operations.h"
#include "halves.h"

#pragma STDC FP_CONTRACT OFF

/// The block that holds a position.
static const char *block_at(const struct sk_attention_rows *rows, size_t position) {
    const size_t block = (size_t)rows->block_table[position / SK_KV_BLOCK_POSITIONS];
    return (const char *)rows->pool + block * rows->block_stride;
}

/// Element i of a matrix of keys or values, a code as it is.
static float element(const struct sk_attention_rows *rows, const void *matrix, size_t i) {
    switch (rows->type) {
    case SK_KV_F16: return f32_of_f16(((const uint16_t *)matrix)[i]);
    case SK_KV_INT8: return (float)((const int8_t *)matrix)[i];
    default: return ((const float *)matrix)[i];
    }
}

/// The scale of a position's code in a matrix.
static float scale_at(const struct sk_attention_rows *rows, const void *matrix, size_t position) {
    return sk_kv_scales(matrix, rows->head_dim)[position % SK_KV_BLOCK_POSITIONS];
}

/// The position of a row.
static size_t position_of(const struct sk_attention_rows *rows, size_t row) {
    return rows->first_position + row * rows->position_step;
}

static float score(const struct sk_attention_rows *rows, size_t row, size_t position) {
    const float *q = rows->q + row * rows->q_stride;
    const char *keys = block_at(rows, position) + rows->key_offset;
    float dot = 0.0f;
    for (size_t d = 0; d < rows->head_dim; d++) {
        const size_t i = d * SK_KV_BLOCK_POSITIONS + position % SK_KV_BLOCK_POSITIONS;
        dot = fma1(q[d], element(rows, keys, i), dot);
    }
    if (rows->type == SK_KV_INT8) dot = dot * scale_at(rows, keys, position);
    float s = dot * rows->scale;
    if (rows->soft_cap > 0.0f) s = tanh1(s / rows->soft_cap) * rows->soft_cap;
    // The index may be negative: the bias's element 0 is not its first.
    if (rows->bias != NULL) s = s + rows->bias[(ptrdiff_t)position - (ptrdiff_t)(row * rows->bias_row_step)];
    return s;
}

/// One row and one tile: partial is m, l, o[head_dim].
static void attend(const struct sk_attention_rows *rows, size_t row, size_t tile, float *partial) {
    const size_t position = position_of(rows, row);
    size_t begin = rows->window > 0 && position >= rows->window ? position - rows->window + 1 : 0;
    size_t end = position + 1;
    if (begin < tile * SK_ATTENTION_TILE_KEYS) begin = tile * SK_ATTENTION_TILE_KEYS;
    if (end > (tile + 1) * SK_ATTENTION_TILE_KEYS) end = (tile + 1) * SK_ATTENTION_TILE_KEYS;
    float scores[SK_ATTENTION_TILE_KEYS];
    float m = -SK_INFINITY;
    for (size_t p = begin; p < end; p++) {
        const float s = score(rows, row, p);
        scores[p % SK_ATTENTION_TILE_KEYS] = s;
        m = s > m ? s : m;
    }
    m = m + 0.0f;  // -0 becomes +0: a maximum has no order, so its zero must have no sign.
    float lanes[16] = {0};
    float *o = partial + 2;
    for (size_t d = 0; d < rows->head_dim; d++) o[d] = 0.0f;
    for (size_t p = begin; p < end; p++) {
        const float w = exp1(scores[p % SK_ATTENTION_TILE_KEYS] - m);
        const char *values = block_at(rows, p) + rows->value_offset;
        const size_t start = p % SK_KV_BLOCK_POSITIONS * rows->head_dim;
        lanes[p % 16] = lanes[p % 16] + w;
        const float factor = rows->type == SK_KV_INT8 ? w * scale_at(rows, values, p) : w;
        for (size_t d = 0; d < rows->head_dim; d++) o[d] = fma1(factor, element(rows, values, start + d), o[d]);
    }
    partial[0] = m;
    partial[1] = lane_sum(lanes);
}

/// Merges a tile's partial into the running one; a partial with l = 0 saw no key.
static void merge(float *restrict running, const float *restrict partial, size_t head_dim) {
    if (partial[1] == 0.0f) return;
    if (running[1] == 0.0f) {
        for (size_t i = 0; i < head_dim + 2; i++) running[i] = partial[i];
        return;
    }
    const float m = partial[0] > running[0] ? partial[0] : running[0];
    const float a = exp1(running[0] - m), b = exp1(partial[0] - m);
    running[0] = m;
    running[1] = fma1(running[1], a, partial[1] * b);
    for (size_t d = 0; d < head_dim; d++) running[2 + d] = fma1(running[2 + d], a, partial[2 + d] * b);
}

void sk_scalar_attention_tile(
    const struct sk_attention_rows *restrict rows, size_t tile, float *restrict partial) {
    for (size_t r = 0; r < rows->row_count; r++) attend(rows, r, tile, partial + r * (rows->head_dim + 2));
}

void sk_scalar_attention_merge(
    const float *restrict partials, size_t partial_stride, size_t tile_count, size_t row_count,
    size_t head_dim, float *restrict out, size_t out_stride) {
    for (size_t r = 0; r < row_count; r++) {
        float running[SK_HEAD_DIM_MAX + 2] = {0};
        for (size_t t = 0; t < tile_count; t++) {
            merge(running, partials + t * partial_stride + r * (head_dim + 2), head_dim);
        }
        for (size_t d = 0; d < head_dim; d++) out[r * out_stride + d] = running[2 + d] / running[1];
    }
}

void sk_scalar_attention(const struct sk_attention_rows *restrict rows, float *restrict out, size_t out_stride) {
    for (size_t r = 0; r < rows->row_count; r++) {
        const size_t tile_count = position_of(rows, r) / SK_ATTENTION_TILE_KEYS + 1;
        float running[SK_HEAD_DIM_MAX + 2] = {0}, partial[SK_HEAD_DIM_MAX + 2];
        for (size_t t = 0; t < tile_count; t++) {
            attend(rows, r, t, partial);
            merge(running, partial, rows->head_dim);
        }
        for (size_t d = 0; d < rows->head_dim; d++) out[r * out_stride + d] = running[2 + d] / running[1];
    }
}
