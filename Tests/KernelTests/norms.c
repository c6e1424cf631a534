// RMSNorm and LayerNorm, in place and not.
#include "check.h"

#include <string.h>

static void test_rows(const struct sets *sets, size_t rows, size_t count, enum range range) {
    static const float epsilons[] = {0.0f, 1e-6f, 1e-5f};
    const size_t stride = count + any_below(3), total = rows * stride;
    const float *x = any_floats(total, range), *weight = any_floats(count, range), eps = ANY_OF(epsilons);
    const float *bias = any_below(2) == 0 ? any_floats(count, range) : NULL;
    begin_case("rms_norm_f32", "%zu rows of %zu, range %d", rows, count, range);
    float *expected = floats(total), *actual = floats(total), *in_place = copy_of(x, total * sizeof *x);
    sets->plain->rms_norm_f32(x, stride, rows, count, weight, eps, expected, stride);
    sets->tested->rms_norm_f32(x, stride, rows, count, weight, eps, actual, stride);
    check_floats("y", expected, actual, total);
    sets->tested->rms_norm_f32(in_place, stride, rows, count, weight, eps, in_place, stride);
    for (size_t r = 0; r < rows; r++) check_floats("x", expected + r * stride, in_place + r * stride, count);
    begin_case("layer_norm_f32", "%zu rows of %zu, range %d", rows, count, range);
    if (total > 0) memcpy(in_place, x, total * sizeof *x);
    sets->plain->layer_norm_f32(x, stride, rows, count, weight, bias, eps, expected, stride);
    sets->tested->layer_norm_f32(x, stride, rows, count, weight, bias, eps, actual, stride);
    check_floats("y", expected, actual, total);
    sets->tested->layer_norm_f32(in_place, stride, rows, count, weight, bias, eps, in_place, stride);
    for (size_t r = 0; r < rows; r++) check_floats("x", expected + r * stride, in_place + r * stride, count);
    end_case();
}

void test_norms(const struct sets *sets) {
    static const size_t counts[] = {1, 2, 7, 8, 15, 16, 17, 31, 32, 33, 64, 100, 127, 768, 1001};
    for (size_t i = 0; i < COUNT_OF(counts); i++) {
        for (size_t rows = 0; rows < 4; rows++) {
            test_rows(sets, rows, counts[i], ORDINARY);
            test_rows(sets, rows, counts[i], WILD);
            test_rows(sets, rows, counts[i], BROKEN);
        }
    }
}
