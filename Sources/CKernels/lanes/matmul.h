/// Linear layers, numerics.md rule 1. Lanes are outputs; a block of rows x vectors keeps its sums in
/// registers.
///
/// Blocks have two forms: wide (few rows, several vectors of 16 outputs) and tall (many rows, few vectors). One row
/// alone may take more vectors yet, SK_SINGLE_VECTORS: each tile is a stream of memory, and a core reads several side
/// by side faster than one.
/// Rows that fit one block read each weight once, straight from memory. More rows go, from outside in:
/// vectors, chunks of k, blocks of rows, k. A chunk's weights stay in cache for all rows, and the next
/// chunk's are fetched meanwhile; between chunks the sums wait in y, which changes no bit of them.
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
    /// Weights to fetch meanwhile, two lines a step.
    const SK_WEIGHT *ahead[2];
};

/// The 16 weights of vector `vector` for input 0.
static inline const SK_WEIGHT *column(const struct linear *job, size_t vector) {
    return job->tiles + vector / 2 * job->depth * SK_TILE_OUTPUTS + vector % 2 * 16;
}

/// Adds a block's inputs to its sums. rows, vectors and fetches are constants wherever this is called.
static inline __attribute__((always_inline)) void multiply_block(
    const struct linear *job, const struct block *block, const size_t rows, const size_t vectors,
    const bool fetches) {
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
    for (size_t k = k_begin; k < k_end; k++) {
        lanes w[VECTORS_MAX];
        if (fetches) {
            __builtin_prefetch(block->ahead[0] + (k - k_begin) * SK_TILE_OUTPUTS, 0, 2);
            if (vectors > 1) __builtin_prefetch(block->ahead[1] + (k - k_begin) * SK_TILE_OUTPUTS, 0, 2);
        }
#pragma clang loop unroll(full)
        for (size_t v = 0; v < vectors; v++) w[v] = SK_LOAD_WEIGHTS(weights[v] + k * SK_TILE_OUTPUTS);
#pragma clang loop unroll(full)
        for (size_t r = 0; r < rows; r++) {
            const lanes activation = lanes_set(x[r * job->x_stride + k]);
#pragma clang loop unroll(full)
            for (size_t v = 0; v < vectors; v++) {
                sums[r * vectors + v] = lanes_fma(activation, w[v], sums[r * vectors + v]);
            }
        }
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
    const size_t vectors, const bool fetches) {
#define SK_ROWS_CASE(ROWS) \
    case ROWS: \
        if (ROWS <= rows_max) multiply_block(job, block, ROWS, vectors, fetches); \
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
        multiply_rows(job, &block, row_count, rows_max, vectors, vectors < SK_WIDE_VECTORS);
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
            multiply_rows(job, &block, rows, rows_max, vectors, true);
        }
        block.k_begin = block.k_end;
    } while (block.k_begin < job->depth);
}

void SK_MATMUL(
    const float *restrict x, size_t x_stride, size_t row_count, size_t depth, const SK_WEIGHT *restrict tiles,
    size_t output_begin, size_t output_end, const float *restrict bias, float *restrict y, size_t y_stride) {
    if (row_count == 0 || output_begin >= output_end) return;
    const struct linear job = {x, x_stride, depth, tiles, output_begin, output_end, bias, y, y_stride};
    size_t vector = output_begin / SK_TILE_OUTPUTS * 2;
    const size_t vector_end = (output_end + 15) / 16;
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
