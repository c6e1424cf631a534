/// What blocks of quantized linear layers share; see quantized.c.

/// Rows whose sums one panel holds.
#define PANEL_ROWS 128
/// Outputs of a part, and parts of a tile.
#define PART 8
#define PARTS (SK_TILE_OUTPUTS / PART)
/// Tiles worked on together: as streams of memory, and so that what is found out about a group's activations serves
/// all of them.
#define TILES 4
/// Rows of a block of all parts of a tile, and of one of a single part: as many sums as leave registers for the rest.
#define WIDE_ROWS 2
#define TALL_ROWS 8
/// Sums of a row of a panel.
#define STRIDE (TILES * SK_TILE_OUTPUTS)
/// Integer sums of a wide block.
#define SUMS (WIDE_ROWS * PARTS)
/// Bytes of a cache line.
#define LINE 64

/// What codes are: 8 bits; 4 bits less 8; 4 bits less a zero of their own.
enum code_form { BYTES, HALVES, HALVES_LESS_ZEROS };

/// Inputs whose products add up in 16 bits, four of them two pairs. 4-bit codes less 8: 32 x 8 x 127. Others: 16 x 15 x
/// 127.
static inline __attribute__((always_inline)) size_t short_inputs(enum code_form form) {
    return form == HALVES ? 64 : 32;
}

/// Whether 16-bit sums start with what makes 4-bit codes codes less 8. Groups of 32 fit without.
static inline __attribute__((always_inline)) bool starts_early(enum code_form form, size_t width) {
    return form == HALVES && width > 32;
}

/// What a call is about; see `matmul_quantized` in skein_kernels.h.
struct quantized {
    const struct sk_quantized_rows *x;
    const struct sk_quantization *quantization;
    const char *tiles;
    size_t depth, tile_bytes, begin, end;
    const float *bias;
    float *y;
    size_t y_stride;
};

/// The rows of a panel, and their sums of some tiles: those of row r from r * STRIDE on.
struct panel {
    size_t first, count;
    float sums[PANEL_ROWS * TILES * SK_TILE_OUTPUTS] __attribute__((aligned(32)));
    /// Where the 16-bit sums of a group begin, two of them in each: what makes 4-bit codes codes less 8.
    int32_t starts[PANEL_ROWS][2];
    /// The magnitudes of a group's negative 8-bit codes, added up.
    __m256i negatives[STRIDE / PART];
};

/// What is fetched while a group is worked on: at step s two lines of stream s % TILES, the next ones in each.
struct ahead {
    const char *streams[TILES];
};

/// A group of a tile as it lies in memory.
struct tile_group {
    const uint8_t *codes;
    size_t depth;
    __m256 scales[PARTS];
    /// HALVES_LESS_ZEROS only.
    __m256i zeros[PARTS];
};

/// Four neighbouring activation codes, for every output.
static inline __m256i four_codes(const int8_t *codes) {
    int32_t four;
    memcpy(&four, codes, sizeof four);
    return _mm256_set1_epi32(four);
}

static inline __m256i load_codes(const uint8_t *codes) {
    return _mm256_loadu_si256((const __m256i *)(const void *)codes);
}

/// 8-bit codes, which are stored plus 128.
static inline __m256i signed_codes(const uint8_t *codes) {
    return _mm256_xor_si256(load_codes(codes), _mm256_set1_epi8((char)0x80));
}

/// Adds pairs of neighbouring 16-bit sums.
static inline __m256i widened(__m256i pairs) { return _mm256_madd_epi16(pairs, _mm256_set1_epi16(1)); }

/// Adds to `sum` the products of four 8-bit codes' magnitudes and four activations that have taken their signs.
static inline __m256i add_products(__m256i sum, __m256i magnitudes, __m256i activations) {
    return _mm256_add_epi32(sum, widened(_mm256_maddubs_epi16(magnitudes, activations)));
}

/// Adds the product of a group's integers and scales to eight sums.
static inline __attribute__((always_inline)) void add_share(
    __m256i whole, __m256 weight_scales, __m256 row_scale, float *sums) {
    const __m256 both = _mm256_mul_ps(weight_scales, row_scale);
    _mm256_store_ps(sums, _mm256_fmadd_ps(_mm256_cvtepi32_ps(whole), both, _mm256_load_ps(sums)));
}

/// A group of a tile; form is a constant.
static inline __attribute__((always_inline)) struct tile_group group_of(
    const struct quantized *job, size_t tile, size_t index, const enum code_form form) {
    const struct sk_group stored =
        sk_group_of(job->tiles + tile * job->tile_bytes, job->quantization, job->depth, index);
    struct tile_group group = {.codes = stored.codes, .depth = stored.depth};
#pragma clang loop unroll(full)
    for (size_t p = 0; p < PARTS; p++) {
        group.scales[p] = half_of_f16(stored.scales + p * PART);
        if (form == HALVES_LESS_ZEROS) {
            group.zeros[p] =
                _mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)(const void *)(stored.zeros + p * PART)));
        }
    }
    return group;
}

/// What the group `index` of tile `tile` + `place` fetches: its share of the groups that follow it and its neighbours,
/// or, at their end, of the first groups of the tiles after them. What lies behind the matrix is fetched in vain.
static inline struct ahead find_ahead(const struct quantized *job, size_t tile, size_t place, size_t index) {
    const size_t bytes = sk_group_bytes(job->quantization), share = bytes / TILES / (2 * LINE) * (2 * LINE);
    const bool is_last = (index + 1) * job->quantization->group >= job->depth;
    struct ahead ahead;
    for (size_t t = 0; t < TILES; t++) {
        const char *next = job->tiles + (tile + t + (is_last ? TILES : 0)) * job->tile_bytes;
        ahead.streams[t] = next + (is_last ? 0 : (index + 1) * bytes) + place * share;
    }
    return ahead;
}
