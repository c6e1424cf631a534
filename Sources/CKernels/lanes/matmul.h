/// Linear layers, numerics.md rule 1. Lanes are outputs; a block of rows x vectors keeps its sums in
/// registers.
///
/// Blocks have two forms: wide (few rows, several vectors of 16 outputs) and tall (many rows, few vectors). One row
/// alone may take more vectors yet, SK_SINGLE_VECTORS: each tile is a stream of memory, and a core reads several side
/// by side faster than one.
///
/// Rows that fit one block read each weight once, straight from memory. More rows go, from outside in: vectors, chunks
/// of k, blocks of rows, k. A chunk's weights stay in cache for all rows, and the next chunk's are fetched meanwhile;
/// between chunks the sums wait in y, which changes no bit of them.
///
/// Where SK_STREAM_TILES is more than 1, several rows that are not many go otherwise, since one stream of memory is
/// slow and half a tile is every other line of it: sets of tiles, chunks of k, tiles, vectors, blocks of rows, k.
///
/// Weights are SK_WEIGHT, 16 of which SK_LOAD_WEIGHTS widens; the kernel is SK_MATMUL.
#include "outputs.h"

/// Inputs in one chunk: short while the weights come from memory, so that fetching them never pauses for
/// long.
#define SHORT_CHUNK_DEPTH 128
#define LONG_CHUNK_DEPTH 512
/// Row blocks from which on the arithmetic, not the memory, decides.
#define LONG_CHUNK_BLOCKS 8
/// Steps of k that a tall block fetches ahead: 8 KiB, about what memory delivers within its latency.
#define STEPS_AHEAD 64
/// Streams that a block fetches from.
#define STREAMS 4
/// The larger of two numbers.
#define LARGER(A, B) ((A) > (B) ? (A) : (B))
/// Accumulators of the largest form.
#define SUMS_MAX \
    LARGER(SK_SINGLE_VECTORS, LARGER(SK_WIDE_ROWS * SK_WIDE_VECTORS, SK_TALL_ROWS * SK_TALL_VECTORS))
/// Vectors of the widest form.
#define VECTORS_MAX LARGER(SK_SINGLE_VECTORS, SK_WIDE_VECTORS)

/// What a matmul call is about; see `matmul_f32` in skein_kernels.h.
struct linear {
    const float *x;
    size_t x_stride, depth;
    const SK_WEIGHT *tiles;
    size_t begin, end;
    const float *bias;
    float *y;
    size_t y_stride;
};

/// One block: rows from `row` on, vectors of 16 outputs from `vector` on, the inputs k_begin ..< k_end.
struct block {
    size_t row, vector, k_begin, k_end;
    /// Weights to fetch meanwhile: IN_TURN 16 from each in four steps, PAIRS two lines a step from the first two.
    const SK_WEIGHT *ahead[STREAMS];
};

/// How a block fetches.
enum fetching { NOTHING, PAIRS, IN_TURN };

/// The 16 weights of vector `vector` for input 0.
static inline const SK_WEIGHT *column(const struct linear *job, size_t vector) {
    return job->tiles + vector / 2 * job->depth * SK_TILE_OUTPUTS + vector % 2 * 16;
}

/// Adds the products of input k to a block's sums; rows and vectors are constants.
static inline __attribute__((always_inline)) void add_input(
    const float *x, size_t x_stride, const SK_WEIGHT *const *weights, size_t k, const size_t rows,
    const size_t vectors, lanes *sums) {
    lanes w[VECTORS_MAX];
#pragma clang loop unroll(full)
    for (size_t v = 0; v < vectors; v++) w[v] = SK_LOAD_WEIGHTS(weights[v] + k * SK_TILE_OUTPUTS);
#pragma clang loop unroll(full)
    for (size_t r = 0; r < rows; r++) {
        const lanes activation = lanes_set(x[r * x_stride + k]);
#pragma clang loop unroll(full)
        for (size_t v = 0; v < vectors; v++) {
            sums[r * vectors + v] = lanes_fma(activation, w[v], sums[r * vectors + v]);
        }
    }
}

/// Adds a block's inputs to its sums. rows, vectors and fetching are constants wherever this is called.
static inline __attribute__((always_inline)) void multiply_block(
    const struct linear *job, const struct block *block, const size_t rows, const size_t vectors,
    const enum fetching fetching) {
    const size_t k_begin = block->k_begin, k_end = block->k_end;
    const float *x = job->x + block->row * job->x_stride;
    float *y = job->y + block->row * job->y_stride;
    const SK_WEIGHT *weights[VECTORS_MAX];
    lanes sums[SUMS_MAX];
#pragma clang loop unroll(full)
    for (size_t v = 0; v < vectors; v++) {
        weights[v] = column(job, block->vector + v);
#pragma clang loop unroll(full)
        for (size_t r = 0; r < rows; r++) {
            const size_t output = 16 * (block->vector + v);
            sums[r * vectors + v] =
                k_begin == 0 ? lanes_zero()
                             : load_outputs(y + r * job->y_stride, job->begin, job->end, output);
        }
    }
    size_t k = k_begin;
    for (; fetching == IN_TURN && k + STREAMS <= k_end; k += STREAMS) {
#pragma clang loop unroll(full)
        for (size_t i = 0; i < STREAMS; i++) {
            __builtin_prefetch(block->ahead[i] + (k - k_begin) / STREAMS * 16, 0, 2);
            add_input(x, job->x_stride, weights, k + i, rows, vectors, sums);
        }
    }
    for (; k < k_end; k++) {
        if (fetching == PAIRS) {
            __builtin_prefetch(block->ahead[0] + (k - k_begin) * SK_TILE_OUTPUTS, 0, 2);
            if (vectors > 1) __builtin_prefetch(block->ahead[1] + (k - k_begin) * SK_TILE_OUTPUTS, 0, 2);
        }
        add_input(x, job->x_stride, weights, k, rows, vectors, sums);
    }
    const bool adds_bias = k_end == job->depth && job->bias != NULL;
#pragma clang loop unroll(full)
    for (size_t v = 0; v < vectors; v++) {
        const size_t output = 16 * (block->vector + v);
        const lanes bias = adds_bias ? load_outputs(job->bias + job->begin, job->begin, job->end, output)
                                     : lanes_zero();
#pragma clang loop unroll(full)
        for (size_t r = 0; r < rows; r++) {
            const lanes sum = sums[r * vectors + v];
            store_outputs(
                y + r * job->y_stride, job->begin, job->end, output, adds_bias ? lanes_add(sum, bias) : sum);
        }
    }
}

/// multiply_block for a number of rows known only at run time, rows_max at most (a constant).
static inline __attribute__((always_inline)) void multiply_rows(
    const struct linear *job, const struct block *block, size_t rows, const size_t rows_max,
    const size_t vectors, const enum fetching fetching) {
#define SK_ROWS_CASE(ROWS) \
    case ROWS: \
        if (ROWS <= rows_max) multiply_block(job, block, ROWS, vectors, fetching); \
        break;
    switch (rows) {
        SK_EACH_ROW_COUNT(SK_ROWS_CASE)
    default: break;
    }
#undef SK_ROWS_CASE
}

/// Which weights a block fetches while it works: what it needs next if it is the only one, else its share of
/// the next chunk.
static inline void find_ahead(
    const struct linear *job, struct block *block, size_t index, size_t blocks, size_t vectors) {
    if (blocks == 1) {
        const size_t start = (block->k_begin + STEPS_AHEAD) * SK_TILE_OUTPUTS;
        block->ahead[0] = column(job, block->vector) + start;
        block->ahead[1] = column(job, block->vector + vectors - 1) + start;
        return;
    }
    const bool ends = block->k_end == job->depth;
    const size_t next = block->vector + (ends ? vectors : 0), k = ends ? 0 : block->k_end;
    const size_t shares = blocks < vectors ? blocks : vectors;
    for (size_t i = 0; i < 2; i++) {
        const size_t share = i == 0 ? index * vectors / shares : (index + 1) * vectors / shares - 1;
        block->ahead[i] = index < shares ? column(job, next + share) + k * SK_TILE_OUTPUTS
                                         : column(job, block->vector) + block->k_begin * SK_TILE_OUTPUTS;
    }
}

/// All rows and inputs of some neighbouring vectors; rows_max and vectors are constants.
static inline __attribute__((always_inline)) void multiply_vectors(
    const struct linear *job, size_t row_count, const size_t rows_max, const size_t vectors, size_t vector) {
    const size_t blocks = (row_count + rows_max - 1) / rows_max;
    struct block block = {.vector = vector, .k_end = job->depth};
    if (blocks == 1) {
        find_ahead(job, &block, 0, 1, vectors);
        // A wide block has enough loads in flight by itself.
        multiply_rows(job, &block, row_count, rows_max, vectors, vectors < SK_WIDE_VECTORS ? PAIRS : NOTHING);
        return;
    }
    const size_t chunk = blocks < LONG_CHUNK_BLOCKS ? SHORT_CHUNK_DEPTH : LONG_CHUNK_DEPTH;
    do {
        block.k_end = job->depth - block.k_begin > chunk ? block.k_begin + chunk : job->depth;
        for (size_t index = 0; index < blocks; index++) {
            // Rows are dealt evenly, so that 13 rows are 4 + 4 + 5 and not 6 + 6 + 1.
            block.row = index * row_count / blocks;
            const size_t rows = (index + 1) * row_count / blocks - block.row;
            find_ahead(job, &block, index, blocks, vectors);
            multiply_rows(job, &block, rows, rows_max, vectors, PAIRS);
        }
        block.k_begin = block.k_end;
    } while (block.k_begin < job->depth);
}

/// Whether so many rows go by sets of tiles.
static inline bool goes_by_streams(size_t row_count) {
    return SK_STREAM_TILES > 1 && row_count > SK_WIDE_ROWS && row_count < LONG_CHUNK_BLOCKS * SK_TALL_ROWS;
}

/// What a vector's first block fetches at chunk k of a set of tiles: its share of the set's next chunk, or, at the end,
/// of the next set's first one. `place` counts the set's vectors.
static inline void find_streams(
    const struct linear *job, struct block *block, size_t tile, size_t place, size_t k) {
    const bool ends = k + SHORT_CHUNK_DEPTH >= job->depth;
    const size_t next = ends ? 0 : k + SHORT_CHUNK_DEPTH, share = SHORT_CHUNK_DEPTH / STREAMS * 16;
    for (size_t i = 0; i < STREAMS; i++) {
        const size_t stream = tile + i % SK_STREAM_TILES + (ends ? SK_STREAM_TILES : 0);
        block->ahead[i] = column(job, 2 * stream) + next * SK_TILE_OUTPUTS + place * share;
    }
}

/// All rows and inputs of a set of tiles that begins with `tile`.
static void multiply_streams(const struct linear *job, size_t row_count, size_t tile, size_t vector_end) {
    const size_t blocks = (row_count + SK_TALL_ROWS - 1) / SK_TALL_ROWS;
    const size_t begin = 2 * tile, left = vector_end - begin;
    const size_t count = left < 2 * SK_STREAM_TILES ? left : 2 * SK_STREAM_TILES;
    for (size_t k = 0; k < job->depth || k == 0; k += SHORT_CHUNK_DEPTH) {
        const size_t k_end = job->depth - k <= SHORT_CHUNK_DEPTH ? job->depth : k + SHORT_CHUNK_DEPTH;
        for (size_t place = 0; place < count; place++) {
            struct block block = {.vector = begin + place, .k_begin = k, .k_end = k_end};
            find_streams(job, &block, tile, place, k);
            for (size_t index = 0; index < blocks; index++) {
                block.row = index * row_count / blocks;
                const size_t rows = (index + 1) * row_count / blocks - block.row;
                if (index == 0) {
                    multiply_rows(job, &block, rows, SK_TALL_ROWS, 1, IN_TURN);
                } else {
                    multiply_rows(job, &block, rows, SK_TALL_ROWS, 1, NOTHING);
                }
            }
        }
    }
}

void SK_MATMUL(
    const float *restrict x, size_t x_stride, size_t row_count, size_t depth, const SK_WEIGHT *restrict tiles,
    size_t output_begin, size_t output_end, const float *restrict bias, float *restrict y, size_t y_stride) {
    if (row_count == 0 || output_begin >= output_end) return;
    const struct linear job = {x, x_stride, depth, tiles, output_begin, output_end, bias, y, y_stride};
    size_t vector = output_begin / SK_TILE_OUTPUTS * 2;
    const size_t vector_end = (output_end + 15) / 16;
    if (goes_by_streams(row_count)) {
        for (; vector < vector_end; vector += 2 * SK_STREAM_TILES) {
            multiply_streams(&job, row_count, vector / 2, vector_end);
        }
        return;
    }
    if (row_count == 1 && SK_SINGLE_VECTORS > SK_WIDE_VECTORS) {
        for (; vector + SK_SINGLE_VECTORS <= vector_end; vector += SK_SINGLE_VECTORS) {
            multiply_vectors(&job, 1, 1, SK_SINGLE_VECTORS, vector);
        }
    }
    if (row_count <= SK_WIDE_ROWS || row_count > SK_TALL_ROW_COUNT_MAX) {
        for (; vector + SK_WIDE_VECTORS <= vector_end; vector += SK_WIDE_VECTORS) {
            multiply_vectors(&job, row_count, SK_WIDE_ROWS, SK_WIDE_VECTORS, vector);
        }
    }
    for (; vector + SK_TALL_VECTORS <= vector_end; vector += SK_TALL_VECTORS) {
        multiply_vectors(&job, row_count, SK_TALL_ROWS, SK_TALL_VECTORS, vector);
    }
    for (; vector < vector_end; vector++) multiply_vectors(&job, row_count, SK_TALL_ROWS, 1, vector);
}
