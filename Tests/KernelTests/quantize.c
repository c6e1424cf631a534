// Weights and activations from f32 to codes.
#include "formats.h"

#include <math.h>

/// A tile whose outputs are of many kinds, from nothing but zeros to infinities.
static float *any_tile(size_t depth, bool is_broken) {
    float *tile = any_floats(depth * SK_TILE_OUTPUTS, ORDINARY);
    for (size_t i = 0; i < depth * SK_TILE_OUTPUTS; i++) {
        switch (i % SK_TILE_OUTPUTS) {
        case 1: tile[i] = 0.0f; break;
        case 2: tile[i] = -0.0f; break;
        case 3: tile[i] *= 1e-7f; break;
        case 4: tile[i] *= 1e-30f; break;
        case 5: tile[i] *= 1e6f; break;
        case 6: tile[i] *= 1e12f; break;
        case 7: tile[i] = fabsf(tile[i]); break;
        case 8: tile[i] = -fabsf(tile[i]); break;
        case 9: tile[i] = 0.25f; break;
        case 10: tile[i] = tile[i] > 0.0f ? 1.0f : -1.0f; break;
        case 11: tile[i] = any_below(3) == 0 ? tile[i] * 1e-40f : 0.0f; break;
        case 12: tile[i] = (float)any_below(16) - 8.0f; break;
        case 13: tile[i] = ((float)any_below(256) - 128.0f) / 64.0f; break;
        case 14: tile[i] = is_broken && any_below(20) == 0 ? NAN : tile[i]; break;
        case 15: tile[i] = is_broken && any_below(20) == 0 ? INFINITY : tile[i]; break;
        case 16: tile[i] = is_broken && any_below(20) == 0 ? -INFINITY : tile[i]; break;
        default: break;
        }
    }
    return tile;
}

static void test_tile(const struct sets *sets, const struct sk_quantization *format, size_t depth, bool is_broken) {
    const size_t byte_count = sk_quantized_tile_bytes(format, depth);
    begin_case(
        "quantize_tile", "%u bits, group %zu%s, depth %zu", format->bits, format->group,
        format->has_zeros ? " with zeros" : "", depth);
    const float *tile = any_tile(depth, is_broken);
    void *expected = zeros(byte_count), *actual = zeros(byte_count);
    sets->plain->quantize_tile(tile, depth, format, expected);
    sets->tested->quantize_tile(tile, depth, format, actual);
    check_bytes("tile", expected, actual, byte_count);
    end_case();
}

/// Quantizes into a view that begins at row 1 of a larger one.
static void test_rows(const struct sets *sets, size_t rows, size_t depth, size_t group, enum range range) {
    const size_t stride = depth + any_below(3), count = (depth + group - 1) / group * (rows + 2);
    begin_case("quantize_rows", "%zu rows, depth %zu, group %zu, range %d", rows, depth, group, range);
    float *x = any_floats(rows * stride, range);
    for (size_t k = 0; k < depth && rows > 1; k++) x[stride + k] *= 1e-20f * (float)(k % 3);
    for (size_t k = 0; k < depth && rows > 2; k++) x[2 * stride + k] = k % 2 == 0 ? 1.0f : -1.0f;
    struct sk_quantized_rows y[2] = {rows_room(rows + 2, depth, group), rows_room(rows + 2, depth, group)};
    for (int i = 0; i < 2; i++) {
        const struct sk_quantized_rows view = {y[i].codes + group, y[i].scales + 1, y[i].sums + 1, rows + 2};
        (i == 0 ? sets->plain : sets->tested)->quantize_rows(x, stride, rows, depth, group, &view);
    }
    check_bytes("codes", y[0].codes, y[1].codes, count * group);
    check_floats("scales", y[0].scales, y[1].scales, count);
    check_bytes("sums", y[0].sums, y[1].sums, count * sizeof(int32_t));
    end_case();
}

void test_quantize(const struct sets *sets) {
    static const size_t depths[] = {1, 7, 8, 9, 31, 32, 33, 96, 128, 130, 264, 300};
    static const size_t groups[] = {32, 64, 128};
    for (size_t d = 0; d < COUNT_OF(depths); d++) {
        for (size_t f = 0; f < COUNT_OF(formats); f++) {
            test_tile(sets, &formats[f], depths[d], false);
            test_tile(sets, &formats[f], depths[d], true);
        }
        for (size_t g = 0; g < COUNT_OF(groups); g++) {
            for (size_t rows = 0; rows < 5; rows++) {
                for (enum range range = ORDINARY; range <= BROKEN; range++) {
                    test_rows(sets, rows, depths[d], groups[g], range);
                }
            }
        }
    }
}
