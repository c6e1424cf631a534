/// Tall blocks of quantized linear layers, for three to eight rows: one part of a tile, whose codes are made ready once
/// for all rows. The rows' activations are spread beforehand, so that instructions take them from memory.
///
/// Codes of 8 bits: `sign` shares its ports with multiplications; `xor` does not, and gives -x - 1 in place of -x. The
/// difference is known without the activations.

/// The activations of a tall block's rows for one group, each in every place of a register.
struct spread_rows {
    /// Four inputs a register: row by row, then input by input.
    __m256i codes[SK_GROUP_MAX / 4 * TALL_ROWS];
    __m256 scales[TALL_ROWS];
    /// The sums of their codes; eight times that for 4-bit codes less 8.
    __m256i sums[TALL_ROWS];
    /// What the 16-bit sums are short of, row by row, then half by half, if they start early.
    __m256i starts[2 * TALL_ROWS];
};

/// Spreads the activations of some rows; width, form and rows are constants.
static inline __attribute__((always_inline)) void spread(
    const struct quantized *job, size_t place, const int32_t (*starts)[2], size_t depth, const size_t width,
    const enum code_form form, const size_t rows, struct spread_rows *to) {
    const int8_t *x = job->x->codes + place * width;
    for (size_t k = 0; k < depth; k += 4) {
#pragma clang loop unroll(full)
        for (size_t r = 0; r < rows; r++) to->codes[k / 4 * rows + r] = four_codes(x + r * width + k);
    }
#pragma clang loop unroll(full)
    for (size_t r = 0; r < rows; r++) {
        to->scales[r] = _mm256_set1_ps(job->x->scales[place + r]);
        to->sums[r] = _mm256_set1_epi32(job->x->sums[place + r] * (form == HALVES ? 8 : 1));
        if (!starts_early(form, width)) continue;
        to->starts[r] = _mm256_set1_epi32(starts[r][0]);
        if (width > 64) to->starts[rows + r] = _mm256_set1_epi32(starts[r][1]);
    }
}

/// Adds the products of four inputs to the integers of a tall block of 8-bit codes. Where a code is negative, what is
/// added is the product of its magnitude and -x - 1; what is missing from all sums then, the negative codes'
/// magnitudes, is added to `negatives` if that is wanted. rows is a constant.
static inline __attribute__((always_inline)) void add_tall_bytes(
    const uint8_t *codes, const __m256i *x, const size_t rows, __m256i *sums, __m256i *negatives) {
    const __m256i w = signed_codes(codes), magnitudes = _mm256_abs_epi8(w);
    const __m256i is_negative = _mm256_cmpgt_epi8(_mm256_setzero_si256(), w);
    if (negatives != NULL) {
        *negatives = _mm256_sub_epi16(*negatives, _mm256_maddubs_epi16(magnitudes, is_negative));
    }
#pragma clang loop unroll(full)
    for (size_t r = 0; r < rows; r++) {
        sums[r] = add_products(sums[r], magnitudes, _mm256_xor_si256(x[r], is_negative));
    }
}

/// The integers of a tall block of 8-bit codes for one group, and, if this is the group's first block, the magnitudes
/// of its negative codes. rows and is_first are constants.
static inline __attribute__((always_inline)) void multiply_tall_bytes(
    const uint8_t *codes, const __m256i *x, size_t depth, const size_t rows, const bool is_first, const char *next,
    __m256i *negatives, __m256i *sums) {
    __m256i pairs = _mm256_setzero_si256();
#pragma clang loop unroll(full)
    for (size_t r = 0; r < rows; r++) sums[r] = is_first ? _mm256_setzero_si256() : *negatives;
#pragma clang loop unroll(disable)
    for (size_t k = 0; k < depth; k += 8, x += 2 * rows) {
        if (is_first) __builtin_prefetch(next + k * (LINE / 8), 0, 2);
        add_tall_bytes(codes + k * SK_TILE_OUTPUTS, x, rows, sums, is_first ? &pairs : NULL);
        add_tall_bytes(codes + (k + 4) * SK_TILE_OUTPUTS, x + rows, rows, sums, is_first ? &pairs : NULL);
    }
    if (!is_first) return;
    *negatives = widened(pairs);
#pragma clang loop unroll(full)
    for (size_t r = 0; r < rows; r++) sums[r] = _mm256_add_epi32(sums[r], *negatives);
}

/// Adds the products of eight inputs to the 16-bit sums of a tall block of 4-bit codes, or begins them. rows and begins
/// are constants.
static inline __attribute__((always_inline)) void add_tall_halves(
    const uint8_t *codes, const __m256i *x, const size_t rows, const bool begins, __m256i *shorts) {
    const __m256i mask = _mm256_set1_epi8(15), both = load_codes(codes), low = _mm256_and_si256(both, mask);
    const __m256i high = _mm256_and_si256(_mm256_srli_epi16(both, 4), mask);
#pragma clang loop unroll(full)
    for (size_t r = 0; r < rows; r++) {
        const __m256i products = _mm256_maddubs_epi16(low, x[r]);
        shorts[r] = begins ? products : _mm256_add_epi16(shorts[r], products);
    }
#pragma clang loop unroll(full)
    for (size_t r = 0; r < rows; r++) {
        shorts[r] = _mm256_add_epi16(shorts[r], _mm256_maddubs_epi16(high, x[rows + r]));
    }
}

/// The integers of a tall block of 4-bit codes for one group. width, form and rows are constants.
static inline __attribute__((always_inline)) void multiply_tall_halves(
    const uint8_t *codes, const struct spread_rows *x, size_t depth, const size_t width, const enum code_form form,
    const size_t rows, const bool is_first, const char *next, __m256i *sums) {
#pragma clang loop unroll(full)
    for (size_t begin = 0; begin < width; begin += short_inputs(form)) {
        if (begin > 0 && begin >= depth) break;
        const size_t end = depth - begin < short_inputs(form) ? depth : begin + short_inputs(form);
        __m256i shorts[TALL_ROWS];
        if (is_first) __builtin_prefetch(next + begin * (LINE / 16), 0, 2);
        add_tall_halves(codes + begin * 16, x->codes + begin / 4 * rows, rows, true, shorts);
#pragma clang loop unroll(disable)
        for (size_t k = begin + 8; k < end; k += 8) {
            if (is_first) __builtin_prefetch(next + k * (LINE / 16), 0, 2);
            add_tall_halves(codes + k * 16, x->codes + k / 4 * rows, rows, false, shorts);
        }
#pragma clang loop unroll(full)
        for (size_t r = 0; r < rows; r++) {
            if (starts_early(form, width)) shorts[r] = _mm256_add_epi16(shorts[r], x->starts[begin / 64 * rows + r]);
            sums[r] = begin == 0 ? widened(shorts[r]) : _mm256_add_epi32(sums[r], widened(shorts[r]));
        }
    }
}

/// Adds a group's share to the sums of some rows of a panel, eight outputs from `column` on, which are part `part` of
/// the tile. width, form and rows are constants wherever this is called.
static inline __attribute__((always_inline)) void multiply_tall(
    const struct tile_group *group, const struct spread_rows *x, struct panel *panel, size_t row, size_t part,
    size_t column, const size_t width, const enum code_form form, const size_t rows, const bool is_first,
    const char *next) {
    __m256i sums[TALL_ROWS];
    const uint8_t *codes = group->codes + part * 32;
    if (form == BYTES) {
        multiply_tall_bytes(
            codes, x->codes, group->depth, rows, is_first, next, &panel->negatives[column / PART], sums);
    } else {
        multiply_tall_halves(codes, x, group->depth, width, form, rows, is_first, next, sums);
    }
#pragma clang loop unroll(full)
    for (size_t r = 0; r < rows; r++) {
        if (form == HALVES && !starts_early(form, width)) sums[r] = _mm256_sub_epi32(sums[r], x->sums[r]);
        if (form == HALVES_LESS_ZEROS) {
            sums[r] = _mm256_sub_epi32(sums[r], _mm256_mullo_epi32(group->zeros[part], x->sums[r]));
        }
        add_share(sums[r], group->scales[part], x->scales[r], panel->sums + (row + r) * STRIDE + column);
    }
}

/// One group of some tiles for a tall block; width, form, rows and whether it is the panel's first are constants.
static inline __attribute__((always_inline)) void multiply_spread(
    const struct quantized *job, const struct spread_rows *x, struct panel *panel, size_t row, size_t tile,
    size_t tile_count, size_t index, const size_t width, const enum code_form form, const size_t rows,
    const bool is_first) {
    for (size_t t = 0; t < tile_count; t++) {
        const struct tile_group group = group_of(job, tile + t, index, form);
        struct ahead ahead;
        if (is_first) ahead = find_ahead(job, tile, t, index);
#pragma clang loop unroll(disable)
        for (size_t p = 0; p < PARTS; p++) {
            const size_t column = t * SK_TILE_OUTPUTS + p * PART;
            const char *next = is_first ? ahead.streams[p] : NULL;
            multiply_tall(&group, x, panel, row, p, column, width, form, rows, is_first, next);
        }
    }
}

/// The same, with all that goes before it; width, form and rows are constants.
static inline __attribute__((always_inline)) void multiply_many(
    const struct quantized *job, struct panel *panel, size_t row, size_t tile, size_t tile_count, size_t index,
    const size_t width, const enum code_form form, const size_t rows) {
    struct spread_rows x;
    const size_t depth = sk_group_depth(width, job->depth, index);
    const size_t place = index * job->x->row_capacity + panel->first + row;
    spread(job, place, panel->starts + row, depth, width, form, rows, &x);
    if (row == 0) {
        multiply_spread(job, &x, panel, row, tile, tile_count, index, width, form, rows, true);
    } else {
        multiply_spread(job, &x, panel, row, tile, tile_count, index, width, form, rows, false);
    }
}

/// multiply_many for a number of rows known only at run time; width and form are constants.
static inline __attribute__((always_inline)) void multiply_rows(
    const struct quantized *job, struct panel *panel, size_t row, size_t rows, size_t tile, size_t tile_count,
    size_t index, const size_t width, const enum code_form form) {
#define SK_ROWS_CASE(ROWS) \
    case ROWS: multiply_many(job, panel, row, tile, tile_count, index, width, form, ROWS); break;
    switch (rows) {
        SK_ROWS_CASE(3)
        SK_ROWS_CASE(4)
        SK_ROWS_CASE(5)
        SK_ROWS_CASE(6)
        SK_ROWS_CASE(7)
        SK_ROWS_CASE(8)
    default: break;
    }
#undef SK_ROWS_CASE
}
