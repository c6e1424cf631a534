// Weights from their stored form into tiles.
#include "check.h"

#include <string.h>

static const enum sk_storage storages[] = {SK_STORAGE_F32, SK_STORAGE_BF16, SK_STORAGE_F16};

static size_t width_of(enum sk_storage storage) { return storage == SK_STORAGE_F32 ? 4 : 2; }

/// Stored elements at an odd address, of any bits; f32 without signalling NaN, which loads may make quiet.
static char *any_stored(enum sk_storage storage, size_t count) {
    const size_t width = width_of(storage);
    char *bytes = room(count * width + 1);
    for (size_t i = 0; i < count; i++) {
        uint32_t bits = any_bits();
        if (storage == SK_STORAGE_F32 && (bits & 0x7f800000) == 0x7f800000) bits |= 0x00400000;
        memcpy(bytes + 1 + i * width, &bits, width);
    }
    return bytes + 1;
}

static void test_tiles(const struct sets *sets, enum sk_storage storage, size_t rows, size_t depth) {
    const size_t count = depth * SK_TILE_OUTPUTS;
    begin_case("pack_rows_f32", "storage %d, %zu rows, depth %zu", storage, rows, depth);
    const size_t row_stride = depth + any_below(3), column_stride = rows + any_below(3);
    const char *source = any_stored(storage, rows == 0 ? 0 : (rows - 1) * row_stride + depth);
    float *expected = floats(count), *actual = floats(count);
    sets->plain->pack_rows_f32(source, storage, row_stride, rows, depth, expected);
    sets->tested->pack_rows_f32(source, storage, row_stride, rows, depth, actual);
    check_bytes("tile", expected, actual, count * sizeof(float));
    begin_case("pack_columns_f32", "storage %d, %zu rows, depth %zu", storage, rows, depth);
    source = any_stored(storage, depth == 0 ? 0 : (depth - 1) * column_stride + rows);
    sets->plain->pack_columns_f32(source, storage, column_stride, rows, depth, expected);
    sets->tested->pack_columns_f32(source, storage, column_stride, rows, depth, actual);
    check_bytes("tile", expected, actual, count * sizeof(float));
    begin_case("narrow_tile_bf16", "depth %zu", depth);
    uint16_t *narrow = room(count * 2), *other = room(count * 2);
    sets->plain->narrow_tile_bf16(expected, depth, narrow);
    sets->tested->narrow_tile_bf16(expected, depth, other);
    check_bytes("narrow", narrow, other, count * 2);
    end_case();
}

/// All halves that there are, NaN and infinity included.
static void test_all_halves(const struct sets *sets, enum sk_storage storage) {
    begin_case("widen_f32", "all halves of storage %d", storage);
    uint16_t *halves = room(65536 * 2);
    for (size_t i = 0; i < 65536; i++) halves[i] = (uint16_t)i;
    float *expected = floats(65536), *actual = floats(65536);
    sets->plain->widen_f32(halves, storage, 65536, expected);
    sets->tested->widen_f32(halves, storage, 65536, actual);
    check_bytes("y", expected, actual, 65536 * sizeof(float));
    end_case();
}

void test_packing(const struct sets *sets) {
    static const size_t rows[] = {0, 1, 3, 4, 7, 8, 9, 31, 32}, depths[] = {0, 1, 3, 4, 5, 7, 8, 9, 33, 64};
    for (size_t s = 0; s < COUNT_OF(storages); s++) {
        for (size_t r = 0; r < COUNT_OF(rows); r++) {
            for (size_t d = 0; d < COUNT_OF(depths); d++) test_tiles(sets, storages[s], rows[r], depths[d]);
        }
        for (size_t count = 0; count < 40; count++) {
            begin_case("widen_f32", "storage %d, %zu elements", storages[s], count);
            const char *source = any_stored(storages[s], count);
            float *expected = floats(count), *actual = floats(count);
            sets->plain->widen_f32(source, storages[s], count, expected);
            sets->tested->widen_f32(source, storages[s], count, actual);
            check_bytes("y", expected, actual, count * sizeof(float));
            end_case();
        }
    }
    test_all_halves(sets, SK_STORAGE_BF16);
    test_all_halves(sets, SK_STORAGE_F16);
}
