// Linear layers with quantized weights and activations: codes of every value, the extreme ones in every place.
#include "formats.h"

#include <string.h>

/// How the codes of a case are chosen: any, the least everywhere, the greatest everywhere, one of both.
enum choice { ANY, LEAST, GREATEST, EXTREME };

static uint8_t any_byte(enum choice choice) {
    switch (choice) {
    case LEAST: return 0;
    case GREATEST: return 255;
    case EXTREME: return (uint8_t)"\x00\x0f\xf0\xff"[any_below(4)];
    default: return (uint8_t)any_bits();
    }
}

/// f16: usually about 2^-6, some of any bits, NaN and infinity included.
static uint16_t any_scale(void) {
    const uint32_t bits = any_bits();
    return (uint16_t)(bits >> 20 == 0 ? bits : 0x2000 | (bits & 0x8fff));
}

static void *any_tiles(const struct sk_quantization *format, size_t depth, size_t count, enum choice choice) {
    const size_t tile_bytes = sk_quantized_tile_bytes(format, depth);
    const size_t groups = (depth + format->group - 1) / format->group;
    char *tiles = zeros(count * tile_bytes);
    for (size_t t = 0; t < count; t++) {
        for (size_t g = 0; g < groups; g++) {
            const size_t left = depth - g * format->group;
            const size_t inputs = left < format->group ? (left + 7) / 8 * 8 : format->group;
            const size_t head = format->has_zeros ? 128 : 64, code_bytes = inputs * SK_TILE_OUTPUTS * format->bits / 8;
            char *group = tiles + t * tile_bytes + g * (head + format->group * SK_TILE_OUTPUTS * format->bits / 8);
            for (size_t n = 0; n < SK_TILE_OUTPUTS; n++) {
                const uint16_t scale = any_scale();
                memcpy(group + 2 * n, &scale, sizeof scale);
                if (format->has_zeros) group[64 + n] = (char)(any_byte(choice == ANY ? ANY : EXTREME) & 15);
            }
            for (size_t i = 0; i < code_bytes; i++) group[head + i] = (char)any_byte(choice);
        }
    }
    return tiles;
}

static int8_t any_activation(enum choice choice) {
    if (choice == ANY) return (int8_t)((int)any_below(255) - 127);
    return choice == LEAST || (choice == EXTREME && any_below(2) == 0) ? -127 : 127;
}

static struct sk_quantized_rows any_rows(size_t row_count, size_t depth, size_t group, enum choice choice) {
    const size_t capacity = row_count + any_below(3), groups = (depth + group - 1) / group;
    const struct sk_quantized_rows rows = rows_room(capacity, depth, group);
    for (size_t g = 0; g < groups; g++) {
        for (size_t r = 0; r < row_count; r++) {
            const size_t place = g * capacity + r, left = depth - g * group;
            const size_t inputs = left < group ? left : group, filled = left < group ? (left + 7) / 8 * 8 : group;
            rows.scales[place] = any_below(40) == 0 ? __builtin_nanf("") : any_float() * 0.01f;
            rows.sums[place] = 0;
            for (size_t k = 0; k < filled; k++) {
                const int8_t code = k < inputs ? any_activation(choice) : 0;
                rows.codes[place * group + k] = code;
                rows.sums[place] += code;
            }
        }
    }
    return rows;
}

static void test_shape(
    const struct sets *sets, const struct sk_quantization *format, size_t row_count, size_t depth, enum choice weights,
    enum choice activations) {
    static const size_t ends[] = {1, 16, 17, 32, 40, 64, 80, 96, 128, 300};
    const size_t end = ANY_OF(ends), begin = any_below(3) == 0 ? any_below(end + 1) : 0;
    const size_t y_stride = end - begin + any_below(3), y_count = row_count * y_stride;
    begin_case(
        "matmul_quantized", "%u bits, group %zu%s, %zu rows, depth %zu, outputs %zu ..< %zu, codes %d and %d",
        format->bits, format->group, format->has_zeros ? " with zeros" : "", row_count, depth, begin, end,
        (int)weights, (int)activations);
    const struct sk_quantized_rows x = any_rows(row_count, depth, format->group, activations);
    const void *tiles = any_tiles(format, depth, (end + SK_TILE_OUTPUTS - 1) / SK_TILE_OUTPUTS, weights);
    const float *bias = any_below(2) == 0 ? any_floats(end, ORDINARY) : NULL;
    float *expected = floats(y_count), *actual = floats(y_count);
    sets->plain->matmul_quantized(&x, row_count, depth, format, tiles, begin, end, bias, expected, y_stride);
    sets->tested->matmul_quantized(&x, row_count, depth, format, tiles, begin, end, bias, actual, y_stride);
    check_floats("y", expected, actual, y_count);
    end_case();
}

void test_quantized(const struct sets *sets) {
    static const size_t depths[] = {1, 8, 31, 33, 128, 130, 300};
    static const size_t row_counts[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 23, 65, 70, 130};
    for (size_t f = 0; f < COUNT_OF(formats); f++) {
        for (size_t d = 0; d < COUNT_OF(depths); d++) {
            for (size_t r = 0; r < COUNT_OF(row_counts); r++) {
                test_shape(sets, &formats[f], row_counts[r], depths[d], ANY, ANY);
            }
        }
        for (enum choice weights = ANY; weights <= EXTREME; weights++) {
            for (enum choice activations = ANY; activations <= EXTREME; activations++) {
                test_shape(sets, &formats[f], 1, 260, weights, activations);
                test_shape(sets, &formats[f], 13, 260, weights, activations);
            }
        }
    }
}
