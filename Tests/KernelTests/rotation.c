// Rotary positions, and keys and values on their way into the cache.
#include "check.h"

#include <math.h>
#include <string.h>

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

/// Bytes of a block's keys or values of one head.
static size_t matrix_bytes(size_t head_dim, enum sk_kv_type type) {
    const size_t count = head_dim * SK_KV_BLOCK_POSITIONS;
    return type == SK_KV_F32 ? 4 * count : type == SK_KV_F16 ? 2 * count : count + 4 * SK_KV_BLOCK_POSITIONS;
}

static void test_store(
    const struct sets *sets, size_t head_dim, enum sk_kv_type type, size_t position, enum range range) {
    const size_t count = matrix_bytes(head_dim, type);
    begin_case("kv_store", "%zu dimensions, type %d, position %zu, range %d", head_dim, (int)type, position, range);
    const float *key = any_floats(head_dim, range), *value = any_floats(head_dim, range);
    char *keys = room(count), *values = room(count), *other_keys = room(count), *other_values = room(count);
    sets->plain->kv_store(key, value, head_dim, type, position, keys, values);
    sets->tested->kv_store(key, value, head_dim, type, position, other_keys, other_values);
    check_bytes("keys", keys, other_keys, count);
    check_bytes("values", values, other_values, count);
    end_case();
}

/// Numbers at which a type changes, in every place of a vector.
static void test_edges(const struct sets *sets, enum sk_kv_type type) {
    static const float numbers[] = {
        0.0f, -0.0f, 65503.9f, 65504.0f, 65519.9f, 65520.0f, -65520.0f, 1e6f, 3.4e38f, 0x1p-14f, 0x1.ffcp-15f,
        0x1p-24f, 0x1p-25f, 0x1.000002p-25f, 0x1.8p-24f, 1.0f + 0x1p-11f, 1.0f + 0x1.8p-10f, 0x1p-100f, 0x1.fffffep-101f,
        0x1p-149f, INFINITY, -INFINITY, NAN, -NAN, 0.5f, 1.5f, 2.5f, -127.5f, 126.5f,
    };
    enum { DIM = COUNT_OF(numbers) + 5 };
    for (size_t i = 0; i < COUNT_OF(numbers); i++) {
        begin_case("kv_store", "edge %zu of type %d", i, (int)type);
        float key[DIM], value[DIM];
        for (size_t d = 0; d < DIM; d++) {
            key[d] = d == i + 3 ? numbers[i] : (float)d;
            // Sums of halves: with 127 in it, the codes are the numbers, half of them ties.
            value[d] = d == 0 ? 127.0f : i % 2 == 0 ? (float)d - 0.5f : 0.0f;
        }
        // Alone, a number is its vector's largest.
        if (i % 3 == 0) memset(key, 0, sizeof key);
        key[i + 3] = numbers[i];
        char *keys = zeros(matrix_bytes(DIM, type)), *values = zeros(matrix_bytes(DIM, type));
        char *other_keys = zeros(matrix_bytes(DIM, type)), *other_values = zeros(matrix_bytes(DIM, type));
        sets->plain->kv_store(key, value, DIM, type, i, keys, values);
        sets->tested->kv_store(key, value, DIM, type, i, other_keys, other_values);
        check_bytes("keys", keys, other_keys, matrix_bytes(DIM, type));
        check_bytes("values", values, other_values, matrix_bytes(DIM, type));
        end_case();
    }
}

/// What the plain functions must give, written down.
static void test_known_halves(const struct sets *sets) {
    static const struct {
        float number;
        uint16_t half;
    } known[] = {
        {1.0f, 0x3c00}, {-2.0f, 0xc000}, {65504.0f, 0x7bff}, {65519.0f, 0x7bff}, {1e30f, 0x7bff}, {-1e30f, 0xfbff},
        {INFINITY, 0x7e00}, {-INFINITY, 0x7e00}, {NAN, 0x7e00}, {0x1p-24f, 1}, {0x1p-25f, 0}, {0x1.8p-24f, 2},
        {-0.0f, 0x8000}, {1.0f + 0x1p-11f, 0x3c00}, {1.0f + 0x1.8p-10f, 0x3c02},
    };
    enum { DIM = COUNT_OF(known) };
    begin_case("kv_store", "known halves");
    float key[DIM];
    uint16_t expected[DIM];
    for (size_t d = 0; d < DIM; d++) {
        key[d] = known[d].number;
        expected[d] = known[d].half;
    }
    uint16_t *keys = room(matrix_bytes(DIM, SK_KV_F16)), *values = room(matrix_bytes(DIM, SK_KV_F16));
    sets->tested->kv_store(key, key, DIM, SK_KV_F16, 7, keys, values);
    uint16_t column[DIM];
    for (size_t d = 0; d < DIM; d++) column[d] = keys[d * SK_KV_BLOCK_POSITIONS + 7];
    check_bytes("key", expected, column, sizeof expected);
    check_bytes("value", expected, values + 7 * DIM, sizeof expected);
    end_case();
}

static void test_known_codes(const struct sets *sets) {
    enum { DIM = 6 };
    static const float key[DIM] = {254.0f, 1.0f, -3.0f, 5.0f, -254.0f, 2.0f};
    static const int8_t expected[DIM] = {127, 0, -2, 2, -127, 1};
    begin_case("kv_store", "known codes");
    int8_t *keys = room(matrix_bytes(DIM, SK_KV_INT8)), *values = room(matrix_bytes(DIM, SK_KV_INT8));
    const float zero[DIM] = {0}, broken[DIM] = {1.0f, 2.0f, INFINITY};
    sets->tested->kv_store(key, zero, DIM, SK_KV_INT8, 31, keys, values);
    int8_t column[DIM];
    for (size_t d = 0; d < DIM; d++) column[d] = keys[d * SK_KV_BLOCK_POSITIONS + 31];
    check_bytes("key", expected, column, DIM);
    const float two = 2.0f, nothing = 0.0f;
    const size_t place = DIM * SK_KV_BLOCK_POSITIONS + 31 * sizeof(float);
    check_bytes("key scale", &two, keys + place, sizeof two);
    check_bytes("value scale", &nothing, values + place, sizeof nothing);
    sets->tested->kv_store(broken, key, DIM, SK_KV_INT8, 31, keys, values);
    float scale;
    memcpy(&scale, keys + place, sizeof scale);
    check_count("scale is NaN", 1, scale != scale);
    check_bytes("value", expected, values + 31 * DIM, DIM);
    end_case();
}

void test_rotation(const struct sets *sets) {
    static const size_t rotary_dims[] = {0, 2, 4, 14, 16, 30, 32, 34, 62, 64, 66, 80, 96, 128, 250};
    for (size_t i = 0; i < COUNT_OF(rotary_dims); i++) {
        for (size_t heads = 0; heads < 4; heads++) test_rope(sets, heads, rotary_dims[i], (enum range)(heads % 3));
    }
    static const size_t head_dims[] = {1, 8, 15, 16, 17, 64, 80, 128, SK_HEAD_DIM_MAX};
    static const enum sk_kv_type types[] = {SK_KV_F32, SK_KV_F16, SK_KV_INT8};
    for (size_t t = 0; t < COUNT_OF(types); t++) {
        for (size_t i = 0; i < COUNT_OF(head_dims); i++) {
            for (size_t position = 0; position < SK_KV_BLOCK_POSITIONS; position++) {
                // As f32 a NaN's bits are passed on.
                const enum range range = (enum range)(position % (types[t] == SK_KV_F32 ? 2 : 3));
                test_store(sets, head_dims[i], types[t], position, range);
            }
        }
        test_edges(sets, types[t]);
    }
    test_known_halves(sets);
    test_known_codes(sets);
}
