// Attention over a paged cache of each type, whole and tile by tile. What a row does not see is NaN in the cache.
#include "check.h"

#include <math.h>
#include <string.h>

/// A head's rows and the memory that they point into.
struct head {
    struct sk_attention_rows rows;
    size_t positions, tile_count;
};

/// Bytes of a head's keys or values in a block.
static size_t matrix_bytes(const struct sk_attention_rows *rows) {
    const size_t count = rows->head_dim * SK_KV_BLOCK_POSITIONS;
    if (rows->type == SK_KV_INT8) return count + SK_KV_BLOCK_POSITIONS * sizeof(float);
    return count * (rows->type == SK_KV_F32 ? 4 : 2);
}

/// NaN everywhere, in every type: NaN as f32, as f16 and as scales.
static char *empty_pool(size_t byte_count) {
    char *pool = room(byte_count);
    memset(pool, 0xff, byte_count);
    return pool;
}

/// A cache whose blocks lie in any order, one more between them than is needed; keys and values of the positions
/// that no row sees are NaN.
static void fill_cache(const struct sets *sets, struct head *head, size_t lowest, enum range range) {
    struct sk_attention_rows *rows = &head->rows;
    const size_t blocks = (head->positions + SK_KV_BLOCK_POSITIONS - 1) / SK_KV_BLOCK_POSITIONS;
    const size_t matrix = matrix_bytes(rows), padded = (matrix + 63) / 64 * 64;
    rows->key_offset = 64 * any_below(3);
    rows->value_offset = rows->key_offset + padded + 4 * any_below(5);
    rows->block_stride = (rows->value_offset + matrix + 63) / 64 * 64;
    char *pool = empty_pool((blocks + 1) * rows->block_stride);
    int32_t *table = room(blocks * sizeof *table);
    for (size_t b = 0; b < blocks; b++) table[b] = (int32_t)(b + 1);
    for (size_t b = blocks; b > 1; b--) {
        const size_t other = any_below(b);
        const int32_t swapped = table[b - 1];
        table[b - 1] = table[other];
        table[other] = swapped;
    }
    for (size_t p = lowest; p < head->positions; p++) {
        char *block = pool + (size_t)table[p / SK_KV_BLOCK_POSITIONS] * rows->block_stride;
        float key[SK_HEAD_DIM_MAX], value[SK_HEAD_DIM_MAX];
        for (size_t d = 0; d < rows->head_dim; d++) {
            key[d] = any_float();
            value[d] = any_float();
            if (range == WILD && any_below(50) == 0) key[d] = any_below(2) == 0 ? 1e4f : -0.0f;
        }
        sets->plain->kv_store(
            key, value, rows->head_dim, rows->type, p % SK_KV_BLOCK_POSITIONS, block + rows->key_offset,
            block + rows->value_offset);
    }
    // Entries of blocks before the window are not read.
    for (size_t b = 0; b < lowest / SK_KV_BLOCK_POSITIONS; b++) table[b] = INT32_MIN;
    rows->pool = pool;
    rows->block_table = table;
}

/// What a case is about.
struct form {
    size_t row_count, first, head_dim, window;
    size_t position_step;
    enum sk_kv_type type;
    enum range range;
};

static struct head any_head(const struct sets *sets, const struct form *form) {
    static const float soft_caps[] = {0.0f, 0.0f, 30.0f};
    const size_t first = form->first, row_count = form->row_count, head_dim = form->head_dim, window = form->window;
    struct head head = {.positions = first + (row_count - 1) * form->position_step + 1};
    const size_t stride = head_dim + any_below(3), lowest = window > 0 && first >= window ? first - window + 1 : 0;
    head.rows = (struct sk_attention_rows){
        .q = any_floats(row_count * stride, ORDINARY), .q_stride = stride, .row_count = row_count,
        .first_position = first, .position_step = form->position_step, .head_dim = head_dim,
        .scale = 1.0f / sqrtf((float)head_dim), .window = window, .type = form->type,
    };
    head.rows.soft_cap = ANY_OF(soft_caps);
    head.rows.bias_row_step = any_below(2);
    fill_cache(sets, &head, lowest, form->range);
    head.tile_count = (head.positions - 1) / SK_ATTENTION_TILE_KEYS + 1;
    // A bias is as long as skein_kernels.h asks for, to the element.
    if (any_below(2) == 0) {
        const bool is_by_distance = head.rows.bias_row_step == 1;
        const float *bias = any_floats((is_by_distance ? first + row_count : head.positions) + 15, ORDINARY);
        head.rows.bias = is_by_distance ? bias + row_count - 1 : bias;
    }
    return head;
}

static void test_head(const struct sets *sets, struct form form) {
    const struct head head = any_head(sets, &form);
    const struct sk_attention_rows *rows = &head.rows;
    const size_t head_dim = form.head_dim, row_count = form.row_count;
    const size_t stride = head_dim + any_below(3), count = row_count * stride;
    begin_case(
        "attention", "type %d, %zu rows from %zu by %zu, %zu dimensions, window %zu, soft cap %g, bias %d by %zu",
        (int)form.type, row_count, form.first, form.position_step, head_dim, form.window, rows->soft_cap,
        rows->bias != NULL, rows->bias_row_step);
    float *expected = floats(count), *actual = floats(count);
    sets->plain->attention(rows, expected, stride);
    sets->tested->attention(rows, actual, stride);
    check_floats("out", expected, actual, count);
    const size_t width = head_dim + 2, partial_stride = row_count * width + any_below(3);
    float *partials = floats(head.tile_count * partial_stride), *other = floats(head.tile_count * partial_stride);
    for (size_t tile = 0; tile < head.tile_count; tile++) {
        sets->plain->attention_tile(rows, tile, partials + tile * partial_stride);
        sets->tested->attention_tile(rows, tile, other + tile * partial_stride);
    }
    check_floats("partials", partials, other, head.tile_count * partial_stride);
    float *merged = copy_of(expected, count * sizeof *merged);
    for (size_t r = 0; r < row_count; r++) memset(merged + r * stride, 0, head_dim * sizeof *merged);
    sets->tested->attention_merge(
        other, partial_stride, head.tile_count, row_count, head_dim, merged, stride);
    check_floats("merged", expected, merged, count);
    // A row's result depends on its query, its position and the cache alone.
    const size_t row = any_below(row_count);
    struct sk_attention_rows one = *rows;
    one.q = rows->q + row * rows->q_stride;
    one.row_count = 1;
    one.first_position = form.first + row * form.position_step;
    if (one.bias != NULL) one.bias -= row * one.bias_row_step;
    float *alone = floats(head_dim);
    sets->tested->attention(&one, alone, head_dim);
    check_floats("one row", expected + row * stride, alone, head_dim);
    end_case();
}

void test_attention(const struct sets *sets) {
    static const size_t row_counts[] = {1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 31, SK_ATTENTION_ROWS_MAX};
    static const size_t firsts[] = {0, 1, 31, 32, 100, 240, 255, 256, 257, 300, 511, 600};
    static const size_t head_dims[] = {1, 2, 8, 15, 16, 17, 31, 32, 48, 64, 65, 80, 96, 100, 128};
    static const size_t windows[] = {0, 0, 1, 2, 20, 64, 255, 256, 257, 400};
    static const enum sk_kv_type types[] = {SK_KV_F32, SK_KV_F16, SK_KV_INT8};
    for (size_t t = 0; t < COUNT_OF(types); t++) {
        for (size_t r = 0; r < COUNT_OF(row_counts); r++) {
            for (size_t f = 0; f < COUNT_OF(firsts); f++) {
                struct form form = {.row_count = row_counts[r], .first = firsts[f], .type = types[t]};
                form.head_dim = ANY_OF(head_dims);
                form.window = ANY_OF(windows);
                form.position_step = any_below(3) > 0;
                form.range = f % 3 == 0 ? WILD : ORDINARY;
                test_head(sets, form);
            }
        }
        test_head(sets, (struct form){3, 40, SK_HEAD_DIM_MAX, 0, 1, types[t], ORDINARY});
        test_head(sets, (struct form){SK_ATTENTION_ROWS_MAX, 250, SK_HEAD_DIM_MAX, 20, 1, types[t], ORDINARY});
        test_head(sets, (struct form){8, 600, 64, 0, 0, types[t], ORDINARY});
    }
}
