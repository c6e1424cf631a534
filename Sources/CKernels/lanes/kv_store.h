/// One position's key and value into its block.
#include "../reference/halves.h"
#include "../reference/quantization.h"

/// Stores `count` elements of a key, 32 elements apart, and as many of a value.
#define SK_SPREAD(KEYS, FROM, COUNT) \
    for (size_t i = 0; i < (COUNT); i++) (KEYS)[i * SK_KV_BLOCK_POSITIONS] = (FROM)[i]

static void store_floats(
    const float *key, const float *value, size_t head_dim, size_t position, float *keys, float *values) {
    SK_SPREAD(keys + position, key, head_dim);
    memcpy(values + position * head_dim, value, head_dim * sizeof *values);
}

/// What f16 stores of 16 numbers: cut off at 65504, what is not finite a NaN.
static inline lanes saturated(lanes x) {
    const lanes cut = lanes_minimum(lanes_set(65504.0f), lanes_maximum(lanes_set(-65504.0f), x));
    const lane_mask is_finite = lanes_less(lanes_magnitude(x), lanes_set(SK_INFINITY));
    return lanes_select(is_finite, cut, lanes_set(float_of(0x7fc00000)));
}

static void store_halves(
    const float *key, const float *value, size_t head_dim, size_t position, uint16_t *keys, uint16_t *values) {
    for (size_t d = 0; d < head_dim; d += 16) {
        const size_t left = head_dim - d, n = left < 16 ? left : 16;
        uint16_t halves[16];
        lanes_store_f16(halves, saturated(lanes_load_up_to(key + d, left)));
        SK_SPREAD(keys + d * SK_KV_BLOCK_POSITIONS + position, halves, n);
        lanes_store_f16(halves, saturated(lanes_load_up_to(value + d, left)));
        memcpy(values + position * head_dim + d, halves, n * sizeof *halves);
    }
}

/// The codes of a vector, filled up to a multiple of 16, and their scale.
static float encode(const float *x, size_t count, int8_t *codes) {
    lanes largest = lanes_zero(), checks = lanes_zero();
    for (size_t i = 0; i < count; i += 16) {
        const lanes v = lanes_load_up_to(x + i, count - i);
        largest = lanes_maximum(lanes_magnitude(v), largest);
        checks = lanes_fma(v, lanes_zero(), checks);
    }
    const float magnitude = lanes_largest(largest), check = lanes_sum(checks);
    if (magnitude < 0x1p-100f || check != 0.0f) {
        memset(codes, 0, count);
        return check != 0.0f ? float_of(0x7fc00000) : 0.0f;
    }
    const lanes inverse = lanes_set(127.0f / magnitude), shift = lanes_set(SK_ROUND_TO_INTEGER);
    for (size_t i = 0; i < count; i += 16) {
        const lanes v = lanes_load_up_to(x + i, count - i);
        // A product and a sum: two roundings.
        lanes_store_bytes(codes + i, lanes_add(lanes_multiply(v, inverse), shift));
    }
    return magnitude / 127.0f;
}

static void store_codes(
    const float *key, const float *value, size_t head_dim, size_t position, int8_t *keys, int8_t *values) {
    int8_t codes[SK_HEAD_DIM_MAX];
    const float key_scale = encode(key, head_dim, codes);
    SK_SPREAD(keys + position, codes, head_dim);
    memcpy(keys + (head_dim * SK_KV_BLOCK_POSITIONS + position * sizeof(float)), &key_scale, sizeof(float));
    const float value_scale = encode(value, head_dim, codes);
    memcpy(values + position * head_dim, codes, head_dim);
    memcpy(values + (head_dim * SK_KV_BLOCK_POSITIONS + position * sizeof(float)), &value_scale, sizeof(float));
}

void SK_NAME(kv_store)(
    const float *restrict key, const float *restrict value, size_t head_dim, enum sk_kv_type type,
    size_t position_in_block, void *restrict key_block, void *restrict value_block) {
    switch (type) {
    case SK_KV_F16: store_halves(key, value, head_dim, position_in_block, key_block, value_block); break;
    case SK_KV_INT8: store_codes(key, value, head_dim, position_in_block, key_block, value_block); break;
    default: store_floats(key, value, head_dim, position_in_block, key_block, value_block);
    }
}
