/// Wide blocks of quantized linear layers, for one or two rows: all parts of a tile, so that memory is read line by
/// line.
///
/// Codes of 8 bits: `maddubs` multiplies the codes' magnitudes with activations that have taken the codes' signs, so
/// that no pair of products exceeds 2 x 128 x 127.

/// Fetches what step `step` of a group is to fetch: as many lines as the step reads itself.
static inline void fetch(const struct ahead *ahead, size_t step) {
    const char *lines = ahead->streams[step % TILES] + step / TILES * (2 * LINE);
    __builtin_prefetch(lines, 0, 2);
    __builtin_prefetch(lines + LINE, 0, 2);
}

/// Adds the products of a group of 8-bit codes to a block's integers. width and rows are constants.
static inline __attribute__((always_inline)) void multiply_bytes(
    const uint8_t *codes, const int8_t *x, size_t depth, const size_t width, const size_t rows,
    const struct ahead *ahead, __m256i *sums) {
    for (size_t k = 0; k < depth; k += 4, codes += PARTS * 32) {
        if (ahead != NULL) fetch(ahead, k / 4);
#pragma clang loop unroll(full)
        for (size_t p = 0; p < PARTS; p++) {
            const __m256i w = signed_codes(codes + p * 32), magnitudes = _mm256_abs_epi8(w);
#pragma clang loop unroll(full)
            for (size_t r = 0; r < rows; r++) {
                const __m256i signs = _mm256_sign_epi8(four_codes(x + r * width + k), w);
                sums[r * PARTS + p] = add_products(sums[r * PARTS + p], magnitudes, signs);
            }
        }
    }
}

/// Adds the products of 4-bit codes from input k_begin on to a block's 16-bit sums. width and rows are constants.
static inline __attribute__((always_inline)) void multiply_halves(
    const uint8_t *codes, const int8_t *x, size_t k_begin, size_t k_end, const size_t width, const size_t rows,
    const struct ahead *ahead, __m256i *shorts) {
    const __m256i mask = _mm256_set1_epi8(15);
    for (size_t k = k_begin; k < k_end; k += 8) {
        if (ahead != NULL) fetch(ahead, k / 8);
#pragma clang loop unroll(full)
        for (size_t p = 0; p < PARTS; p++) {
            const __m256i both = load_codes(codes + k * 16 + p * 32), low = _mm256_and_si256(both, mask);
#pragma clang loop unroll(full)
            for (size_t r = 0; r < rows; r++) {
                const __m256i products = _mm256_maddubs_epi16(low, four_codes(x + r * width + k));
                shorts[r * PARTS + p] = _mm256_add_epi16(shorts[r * PARTS + p], products);
            }
            const __m256i high = _mm256_and_si256(_mm256_srli_epi16(both, 4), mask);
#pragma clang loop unroll(full)
            for (size_t r = 0; r < rows; r++) {
                const __m256i products = _mm256_maddubs_epi16(high, four_codes(x + r * width + k + 4));
                shorts[r * PARTS + p] = _mm256_add_epi16(shorts[r * PARTS + p], products);
            }
        }
    }
}

/// The integers of a wide block of 4-bit codes for one group. width, form and rows are constants.
static inline __attribute__((always_inline)) void multiply_short(
    const uint8_t *codes, const int8_t *x, const int32_t (*starts)[2], size_t depth, const size_t width,
    const enum code_form form, const size_t rows, const struct ahead *ahead, __m256i *sums) {
#pragma clang loop unroll(full)
    for (size_t begin = 0; begin < width; begin += short_inputs(form)) {
        const size_t left = begin < depth ? depth - begin : 0;
        const size_t end = begin + (left < short_inputs(form) ? left : short_inputs(form));
        __m256i shorts[SUMS];
#pragma clang loop unroll(full)
        for (size_t i = 0; i < rows * PARTS; i++) {
            const int32_t *start = &starts[i / PARTS][begin / 64];
            shorts[i] = form == HALVES ? _mm256_set1_epi32(*start) : _mm256_setzero_si256();
        }
        multiply_halves(codes, x, begin, end, width, rows, ahead, shorts);
#pragma clang loop unroll(full)
        for (size_t i = 0; i < rows * PARTS; i++) {
            sums[i] = begin == 0 ? widened(shorts[i]) : _mm256_add_epi32(sums[i], widened(shorts[i]));
        }
    }
}

/// Adds a group's share to the sums of some rows of a panel, a tile's outputs from `column` on. width, form and rows
/// are constants wherever this is called.
static inline __attribute__((always_inline)) void multiply_wide(
    const struct quantized *job, const struct tile_group *group, size_t index, struct panel *panel, size_t row,
    size_t column, const size_t width, const enum code_form form, const size_t rows, const struct ahead *ahead) {
    const size_t place = index * job->x->row_capacity + panel->first + row;
    const int8_t *x = job->x->codes + place * width;
    __m256i sums[SUMS];
    if (form == BYTES) {
#pragma clang loop unroll(full)
        for (size_t i = 0; i < rows * PARTS; i++) sums[i] = _mm256_setzero_si256();
        multiply_bytes(group->codes, x, group->depth, width, rows, ahead, sums);
    } else {
        multiply_short(group->codes, x, panel->starts + row, group->depth, width, form, rows, ahead, sums);
    }
#pragma clang loop unroll(full)
    for (size_t r = 0; r < rows; r++) {
        const __m256 scale = _mm256_set1_ps(job->x->scales[place + r]);
        const __m256i codes = _mm256_set1_epi32(job->x->sums[place + r]);
#pragma clang loop unroll(full)
        for (size_t p = 0; p < PARTS; p++) {
            __m256i whole = sums[r * PARTS + p];
            if (form == HALVES_LESS_ZEROS) whole = _mm256_sub_epi32(whole, _mm256_mullo_epi32(group->zeros[p], codes));
            add_share(whole, group->scales[p], scale, panel->sums + (row + r) * STRIDE + column + p * PART);
        }
    }
}

/// One group of some tiles for one or two rows; width and form are constants.
static inline __attribute__((always_inline)) void multiply_few(
    const struct quantized *job, struct panel *panel, size_t tile, size_t tile_count, size_t index,
    const size_t width, const enum code_form form) {
    for (size_t t = 0; t < tile_count; t++) {
        const struct tile_group group = group_of(job, tile + t, index, form);
        const struct ahead ahead = find_ahead(job, tile, t, index);
        const size_t column = t * SK_TILE_OUTPUTS;
        if (panel->count == 1) {
            multiply_wide(job, &group, index, panel, 0, column, width, form, 1, &ahead);
        } else {
            multiply_wide(job, &group, index, panel, 0, column, width, form, WIDE_ROWS, &ahead);
        }
    }
}
