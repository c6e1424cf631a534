/// Linear layers, numerics.md rule 1. Lanes are outputs; a block of rows x tiles keeps its sums in registers.
///
/// From outside in: tiles (SK_MATMUL_TILES side by side), chunks of k, blocks of rows, k. A chunk's weights
/// stay in L1 for all rows; between chunks the sums wait in y, which changes no bit of them.

/// Inputs in one chunk when there are several row blocks: 2 tiles x 128 x 128 bytes fill two thirds of a 48
/// KiB L1.
#define CHUNK_DEPTH 128

/// What a matmul call is about; see `matmul_f32` in skein_kernels.h.
struct linear {
    const float *x;
    size_t x_stride, depth;
    const float *tiles;
    size_t begin, end;
    const float *bias;
    float *y;
    size_t y_stride;
};

/// Sixteen elements of a vector that holds the outputs begin ..< end at p, from `output` on; +0 elsewhere.
static inline lanes load_outputs(const float *p, size_t begin, size_t end, size_t output) {
    if (output >= begin && output + 16 <= end) return lanes_load(p + (output - begin));
    float copy[16] = {0};
    const size_t first = output > begin ? output : begin, last = output + 16 < end ? output + 16 : end;
    if (first < last) memcpy(copy + (first - output), p + (first - begin), (last - first) * sizeof *p);
    return lanes_load(copy);
}

/// Stores the lanes that lie in begin ..< end.
static inline void store_outputs(float *p, size_t begin, size_t end, size_t output, lanes x) {
    if (output >= begin && output + 16 <= end) {
        lanes_store(p + (output - begin), x);
        return;
    }
    float copy[16];
    lanes_store(copy, x);
    const size_t first = output > begin ? output : begin, last = output + 16 < end ? output + 16 : end;
    if (first < last) memcpy(p + (first - begin), copy + (first - output), (last - first) * sizeof *p);
}

/// Adds the inputs k_begin ..< k_end to the sums of `rows` rows from `row` on and `tile_count` tiles from
/// `tile` on.
///
/// rows and tile_count are constants wherever this is called.
static inline __attribute__((always_inline)) void multiply_block(
    const struct linear *job, const size_t rows, const size_t tile_count, size_t row, size_t tile,
    size_t k_begin, size_t k_end) {
    const size_t vectors = 2 * tile_count;
    lanes sums[SK_MATMUL_ROWS][2 * SK_MATMUL_TILES];
    const float *x = job->x + row * job->x_stride;
    float *y = job->y + row * job->y_stride;
    const float *weights = job->tiles + tile * job->depth * SK_TILE_OUTPUTS;
    const size_t tile_stride = job->depth * SK_TILE_OUTPUTS;
#pragma clang loop unroll(full)
    for (size_t r = 0; r < rows; r++) {
#pragma clang loop unroll(full)
        for (size_t v = 0; v < vectors; v++) {
            const size_t output = tile * SK_TILE_OUTPUTS + 16 * v;
            sums[r][v] = k_begin == 0 ? lanes_zero()
                                      : load_outputs(y + r * job->y_stride, job->begin, job->end, output);
        }
    }
    for (size_t k = k_begin; k < k_end; k++) {
        lanes w[2 * SK_MATMUL_TILES];
#pragma clang loop unroll(full)
        for (size_t v = 0; v < vectors; v++) {
            w[v] = lanes_load(weights + v / 2 * tile_stride + k * SK_TILE_OUTPUTS + v % 2 * 16);
        }
#pragma clang loop unroll(full)
        for (size_t r = 0; r < rows; r++) {
            const lanes activation = lanes_set(x[r * job->x_stride + k]);
#pragma clang loop unroll(full)
            for (size_t v = 0; v < vectors; v++) sums[r][v] = lanes_fma(activation, w[v], sums[r][v]);
        }
    }
    const bool adds_bias = k_end == job->depth && job->bias != NULL;
#pragma clang loop unroll(full)
    for (size_t v = 0; v < vectors; v++) {
        const size_t output = tile * SK_TILE_OUTPUTS + 16 * v;
        const lanes bias = adds_bias ? load_outputs(job->bias + job->begin, job->begin, job->end, output)
                                     : lanes_zero();
#pragma clang loop unroll(full)
        for (size_t r = 0; r < rows; r++) {
            const lanes sum = adds_bias ? lanes_add(sums[r][v], bias) : sums[r][v];
            store_outputs(y + r * job->y_stride, job->begin, job->end, output, sum);
        }
    }
}

/// multiply_block for a number of rows known only at run time.
static inline __attribute__((always_inline)) void multiply_rows(
    const struct linear *job, size_t rows, const size_t tile_count, size_t row, size_t tile, size_t k_begin,
    size_t k_end) {
    switch (rows) {
    case 1: multiply_block(job, 1, tile_count, row, tile, k_begin, k_end); break;
    case 2: multiply_block(job, 2, tile_count, row, tile, k_begin, k_end); break;
    case 3: multiply_block(job, 3, tile_count, row, tile, k_begin, k_end); break;
#if SK_MATMUL_ROWS > 3
    case 4: multiply_block(job, 4, tile_count, row, tile, k_begin, k_end); break;
    case 5: multiply_block(job, 5, tile_count, row, tile, k_begin, k_end); break;
    case 6: multiply_block(job, 6, tile_count, row, tile, k_begin, k_end); break;
#endif
    default: break;
    }
}

/// All rows and inputs of one or two neighbouring tiles.
static inline __attribute__((always_inline)) void multiply_tiles(
    const struct linear *job, size_t row_count, const size_t tile_count, size_t tile) {
    const size_t blocks = (row_count + SK_MATMUL_ROWS - 1) / SK_MATMUL_ROWS;
    const size_t chunk = blocks > 1 ? CHUNK_DEPTH : job->depth;
    size_t k = 0;
    do {
        const size_t k_end = job->depth - k > chunk ? k + chunk : job->depth;
        for (size_t block = 0; block < blocks; block++) {
            // Rows are dealt evenly, so that 8 rows are 4 + 4 and not 6 + 2.
            const size_t row = block * row_count / blocks, row_end = (block + 1) * row_count / blocks;
            multiply_rows(job, row_end - row, tile_count, row, tile, k, k_end);
        }
        k = k_end;
    } while (k < job->depth);
}

void SK_NAME(matmul_f32)(
    const float *restrict x, size_t x_stride, size_t row_count, size_t depth, const float *restrict tiles,
    size_t output_begin, size_t output_end, const float *restrict bias, float *restrict y, size_t y_stride) {
    if (row_count == 0 || output_begin >= output_end) return;
    const struct linear job = {x, x_stride, depth, tiles, output_begin, output_end, bias, y, y_stride};
    size_t tile = output_begin / SK_TILE_OUTPUTS;
    const size_t tile_end = (output_end + SK_TILE_OUTPUTS - 1) / SK_TILE_OUTPUTS;
#if SK_MATMUL_TILES > 1
    for (; tile + 2 <= tile_end; tile += 2) multiply_tiles(&job, row_count, 2, tile);
#endif
    for (; tile < tile_end; tile++) multiply_tiles(&job, row_count, 1, tile);
}
