// Which operations round once and which twice (numerics.md rules 1, 4 and 7), for numbers where it shows.
#include "check.h"

void test_rounding(const struct sets *sets) {
    const struct sk_kernels *kernels = sets->tested;
    // (1 + e)(1 - e) - 1 is -e^2 in one rounding and 0 in two; e is the f32 next to 1 less 1.
    const float above = 1.0f + 0x1p-23f, below = 1.0f - 0x1p-23f, fused = -0x1p-46f, unfused = 0.0f;
    begin_case("add_scaled_f32", "fused");
    for (size_t count = 1; count <= 33; count++) {
        float *x = floats(count), *y = floats(count), *expected = floats(count);
        for (size_t i = 0; i < count; i++) {
            x[i] = above;
            y[i] = -1.0f;
            expected[i] = fused;
        }
        kernels->add_scaled_f32(x, below, count, y);
        check_floats("y", expected, y, count);
        end_case();
    }
    begin_case("rope_f32", "unfused");
    for (size_t half = 1; half <= 33; half++) {
        // First element: above * below - 1 * 1. Second: 1 * below + above * 1, which is 2 in any case.
        float *x = floats(2 * half), *cosine = floats(half), *sine = floats(half), *expected = floats(2 * half);
        for (size_t i = 0; i < half; i++) {
            x[i] = above;
            cosine[i] = below;
            x[half + i] = sine[i] = 1.0f;
            expected[i] = unfused;
            expected[half + i] = 2.0f;
        }
        kernels->rope_f32(x, 2 * half, 1, 2 * half, cosine, sine);
        check_floats("x", expected, x, 2 * half);
        end_case();
    }
    begin_case("matmul_f32", "fused");
    float *tile = zeros(2 * SK_TILE_OUTPUTS * sizeof(float)), x[2] = {-1.0f, above};
    float y[SK_TILE_OUTPUTS], expected[SK_TILE_OUTPUTS];
    for (size_t n = 0; n < SK_TILE_OUTPUTS; n++) {
        tile[n] = 1.0f;
        tile[SK_TILE_OUTPUTS + n] = below;
        expected[n] = fused;
    }
    kernels->matmul_f32(x, 2, 1, 2, tile, 0, SK_TILE_OUTPUTS, NULL, y, SK_TILE_OUTPUTS);
    check_floats("y", expected, y, SK_TILE_OUTPUTS);
    end_case();
}
