// Rotary positions, and keys and values on their way into the cache.
#include "check.h"

static void test_rope(const struct sets *sets, size_t heads, size_t rotary_dim, enum range range) {
    const size_t stride = rotary_dim + any_below(5), count = heads * stride;
    begin_case("rope_f32", "%zu heads, %zu dimensions, range %d", heads, rotary_dim, range);
    const float *cosine = any_floats(rotary_dim / 2, range), *sine = any_floats(rotary_dim / 2, range);
    float *expected = any_floats(count, range), *actual = copy_of(expected, count * sizeof *expected);
    sets->plain->rope_f32(expected, stride, heads, rotary_dim, cosine, sine);
    sets->tested->rope_f32(actual, stride, heads, rotary_dim, cosine, sine);
    check_floats("x", expected, actual, count);
    end_case();
}

static void test_store(const struct sets *sets, size_t head_dim, size_t position) {
    const size_t count = head_dim * SK_KV_BLOCK_POSITIONS;
    begin_case("kv_store_f32", "%zu dimensions, position %zu", head_dim, position);
    const float *key = any_floats(head_dim, WILD), *value = any_floats(head_dim, WILD);
    float *keys = floats(count), *values = floats(count), *other_keys = floats(count), *other_values = floats(count);
    sets->plain->kv_store_f32(key, value, head_dim, position, keys, values);
    sets->tested->kv_store_f32(key, value, head_dim, position, other_keys, other_values);
    check_bytes("keys", keys, other_keys, count * sizeof *keys);
    check_bytes("values", values, other_values, count * sizeof *values);
    end_case();
}

void test_rotation(const struct sets *sets) {
    static const size_t rotary_dims[] = {0, 2, 4, 14, 16, 30, 32, 34, 62, 64, 66, 80, 96, 128, 250};
    for (size_t i = 0; i < COUNT_OF(rotary_dims); i++) {
        for (size_t heads = 0; heads < 4; heads++) test_rope(sets, heads, rotary_dims[i], (enum range)(heads % 3));
    }
    static const size_t head_dims[] = {1, 8, 15, 16, 17, 64, 80, 128};
    for (size_t i = 0; i < COUNT_OF(head_dims); i++) {
        for (size_t position = 0; position < SK_KV_BLOCK_POSITIONS; position++) {
            test_store(sets, head_dims[i], position);
        }
    }
}
