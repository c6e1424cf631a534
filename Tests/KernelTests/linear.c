// Linear layers with f32 and bf16 weights: any rows, depth, range of outputs and strides.
#include "check.h"

static void test_shape(const struct sets *sets, size_t rows, size_t depth, size_t begin, size_t end, enum range range) {
    const size_t outputs = (end + SK_TILE_OUTPUTS - 1) / SK_TILE_OUTPUTS * SK_TILE_OUTPUTS;
    const size_t x_stride = depth + any_below(4), y_stride = end - begin + any_below(4);
    const size_t y_count = rows * y_stride;
    const float *x = any_floats(rows * x_stride, range), *tiles = any_floats(outputs * depth, range);
    const float *bias = any_below(2) == 0 ? any_floats(end, range) : NULL;
    uint16_t *narrow = room(outputs * depth * 2);
    for (size_t t = 0; t < outputs * depth; t += depth * SK_TILE_OUTPUTS) {
        if (depth > 0) sets->plain->narrow_tile_bf16(tiles + t, depth, narrow + t);
    }
    begin_case("matmul_f32", "%zu rows, depth %zu, outputs %zu ..< %zu, range %d", rows, depth, begin, end, range);
    float *expected = floats(y_count), *actual = floats(y_count);
    sets->plain->matmul_f32(x, x_stride, rows, depth, tiles, begin, end, bias, expected, y_stride);
    sets->tested->matmul_f32(x, x_stride, rows, depth, tiles, begin, end, bias, actual, y_stride);
    check_floats("y", expected, actual, y_count);
    begin_case("matmul_bf16", "%zu rows, depth %zu, outputs %zu ..< %zu, range %d", rows, depth, begin, end, range);
    sets->plain->matmul_bf16(x, x_stride, rows, depth, narrow, begin, end, bias, expected, y_stride);
    sets->tested->matmul_bf16(x, x_stride, rows, depth, narrow, begin, end, bias, actual, y_stride);
    check_floats("y", expected, actual, y_count);
    end_case();
}

void test_linear(const struct sets *sets) {
    static const size_t rows[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 11, 12, 13, 14, 23, 65};
    static const size_t depths[] = {0, 1, 2, 15, 33, 127, 129, 520};
    static const size_t ends[] = {1, 15, 16, 17, 31, 32, 33, 48, 63, 64, 65, 100, 128};
    for (size_t r = 0; r < COUNT_OF(rows); r++) {
        for (size_t d = 0; d < COUNT_OF(depths); d++) {
            for (int i = 0; i < 4; i++) {
                const size_t end = ANY_OF(ends), begin = any_below(3) == 0 ? 0 : any_below(end + 1);
                test_shape(sets, rows[r], depths[d], begin, end, (enum range)(i % 3));
            }
        }
    }
    // More blocks of rows than the longer chunks need, and a chunk's end inside.
    test_shape(sets, 100, 600, 5, 70, ORDINARY);
    // More tiles than are read side by side, from within the first to within the last.
    for (size_t r = 0; r < COUNT_OF(rows); r++) test_shape(sets, rows[r], 300, any_below(40), 300, ORDINARY);
}
