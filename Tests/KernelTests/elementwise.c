// Residuals, activations and the functions they are made of; the output may be an input.
#include "check.h"

#include <math.h>
#include <string.h>

typedef void (*unary)(const float *x, size_t count, float *y);
typedef void (*with_number)(const float *x, float number, size_t count, float *y);
typedef void (*binary)(const float *gate, const float *up, size_t count, float *y);

#define UNARY(NAME) {#NAME, offsetof(struct sk_kernels, NAME)}
static const struct {
    const char *name;
    size_t offset;
} unaries[] = {UNARY(sigmoid_f32),   UNARY(silu_f32), UNARY(gelu_tanh_f32), UNARY(gelu_erf_f32),
               UNARY(relu_f32),      UNARY(tanh_f32), UNARY(erf_f32)},
  with_numbers[] = {UNARY(scale_f32), UNARY(clamp_f32), UNARY(soft_cap_f32), UNARY(exp_f32)},
  binaries[] = {UNARY(silu_mul_f32), UNARY(gelu_tanh_mul_f32)};

/// The kernel at an offset of a table.
#define KERNEL(TYPE, KERNELS, OFFSET) (*(const TYPE *)(const void *)((const char *)(KERNELS) + (OFFSET)))

static void test_unary(const struct sets *sets, size_t index, const float *x, size_t count) {
    const size_t offset = unaries[index].offset;
    begin_case(unaries[index].name, "%zu elements", count);
    float *expected = floats(count), *actual = floats(count), *in_place = copy_of(x, count * sizeof *x);
    KERNEL(unary, sets->plain, offset)(x, count, expected);
    KERNEL(unary, sets->tested, offset)(x, count, actual);
    KERNEL(unary, sets->tested, offset)(in_place, count, in_place);
    check_floats("y", expected, actual, count);
    check_floats("x", expected, in_place, count);
}

static void test_with_number(const struct sets *sets, size_t index, const float *x, float number, size_t count) {
    const size_t offset = with_numbers[index].offset;
    begin_case(with_numbers[index].name, "%zu elements, %a", count, number);
    float *expected = floats(count), *actual = floats(count), *in_place = copy_of(x, count * sizeof *x);
    KERNEL(with_number, sets->plain, offset)(x, number, count, expected);
    KERNEL(with_number, sets->tested, offset)(x, number, count, actual);
    KERNEL(with_number, sets->tested, offset)(in_place, number, count, in_place);
    check_floats("y", expected, actual, count);
    check_floats("x", expected, in_place, count);
}

static void test_two(const struct sets *sets, const float *x, const float *z, size_t count) {
    const size_t bytes = count * sizeof *x;
    for (size_t i = 0; i < COUNT_OF(binaries); i++) {
        begin_case(binaries[i].name, "%zu elements", count);
        const size_t offset = binaries[i].offset;
        float *expected = floats(count), *actual = floats(count), *gate = copy_of(x, bytes), *up = copy_of(z, bytes);
        KERNEL(binary, sets->plain, offset)(x, z, count, expected);
        KERNEL(binary, sets->tested, offset)(x, z, count, actual);
        check_floats("y", expected, actual, count);
        KERNEL(binary, sets->tested, offset)(gate, z, count, gate);
        check_floats("gate", expected, gate, count);
        KERNEL(binary, sets->tested, offset)(x, up, count, up);
        check_floats("up", expected, up, count);
    }
    begin_case("add_f32", "%zu elements", count);
    float *expected = copy_of(x, bytes), *actual = copy_of(x, bytes);
    sets->plain->add_f32(z, count, expected);
    sets->tested->add_f32(z, count, actual);
    check_floats("sum", expected, actual, count);
    begin_case("add_scaled_f32", "%zu elements", count);
    sets->plain->add_scaled_f32(z, 0.3f, count, expected);
    sets->tested->add_scaled_f32(z, 0.3f, count, actual);
    check_floats("y", expected, actual, count);
    begin_case("embed_f32", "%zu elements", count);
    for (int has_position = 0; has_position < 2; has_position++) {
        sets->plain->embed_f32(x, has_position ? z : NULL, count, expected);
        sets->tested->embed_f32(x, has_position ? z : NULL, count, actual);
        check_floats("y", expected, actual, count);
    }
}

static void test_count(const struct sets *sets, const float *x, const float *z, size_t count) {
    static const float numbers[] = {1.0f, -0.5f, 30.0f, 1e-3f, 7e30f};
    test_two(sets, x, z, count);
    for (size_t i = 0; i < COUNT_OF(unaries); i++) test_unary(sets, i, x, count);
    for (size_t i = 0; i < COUNT_OF(with_numbers); i++) {
        const float number = ANY_OF(numbers);
        // A limit is no negative number.
        const bool is_limit = with_numbers[i].offset == offsetof(struct sk_kernels, clamp_f32);
        test_with_number(sets, i, x, is_limit ? fabsf(number) : number, count);
    }
    end_case();
}

void test_elementwise(const struct sets *sets) {
    static const size_t counts[] = {0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 47, 48, 63, 100, 255, 1000};
    for (size_t i = 0; i < COUNT_OF(counts); i++) {
        for (enum range range = ORDINARY; range <= BROKEN; range++) {
            const float *x = any_floats(counts[i], range), *z = any_floats(counts[i], range);
            test_count(sets, x, z, counts[i]);
        }
    }
    // Magnitudes of every size: bit patterns at even distances.
    const size_t count = 65536;
    float *x = floats(count);
    for (uint32_t i = 0; i < count; i++) {
        const uint32_t bits = i * 65521 + 12345;
        memcpy(x + i, &bits, sizeof bits);
    }
    test_count(sets, x, any_floats(count, WILD), count);
    // And the range where functions change: -100 ... 100 evenly.
    x = floats(count);
    for (size_t i = 0; i < count; i++) x[i] = ((float)i - 32768.0f) / 327.68f;
    test_count(sets, x, any_floats(count, ORDINARY), count);
}
