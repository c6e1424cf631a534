/// Skein's numeric kernels: pure functions over pointers, one table of them per instruction set. What becomes of
/// weights that other programs quantized is in skein_foreign.h.
///
/// Kernels cannot fail, allocate, lock, log or read mutable globals. Every table gives the same bits for the
/// same arguments (numerics.md); `reference/` is the definition. Element type is f32 and accumulation is f32
/// unless said otherwise. Strides and counts are in elements, never bytes. A pointer marked `restrict`
/// aliases no other argument; a zero count touches nothing. Callers keep MXCSR or FPCR at its default (nearest
/// even, no flush to zero).
///
/// Rounding words: `fma` is one rounding; `a * b` and `a + b` are one rounding each and never contracted.
/// "Lane sum" is numerics.md rule 2: lane j of 16 takes elements j, j + 16, ... ascending from +0; then the
/// lanes are added as a fixed tree: j with j + 8, j + 4, j + 2, j + 1.
#ifndef SKEIN_KERNELS_H
#define SKEIN_KERNELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __clang__
#pragma clang assume_nonnull begin
#else
#define _Nullable
#endif

/// Outputs in one weight tile, and rows of one attention work item.
#define SK_TILE_OUTPUTS 32
/// Positions in one block of KV cache.
#define SK_KV_BLOCK_POSITIONS 32
/// Keys in one attention tile (numerics.md rule 5).
#define SK_ATTENTION_TILE_KEYS 256
/// Query rows at most in one attention call.
#define SK_ATTENTION_ROWS_MAX 32
/// Largest head dimension that attention takes.
#define SK_HEAD_DIM_MAX 512
/// Ids in one vocabulary segment (numerics.md rule 10).
#define SK_SEGMENT_IDS 128
/// Candidates at most that `top_candidates_f32` gives.
#define SK_CANDIDATES_MAX 256
/// Products in a round of the dot probe.
#define SK_DOT_PROBE_PRODUCTS 6144
/// Experts at most in one layer, and of them for one row.
#define SK_EXPERTS_MAX 1024
/// Alignment in bytes that weight tiles and KV pools must have.
#define SK_ALIGNMENT 64

/// Instruction sets by their SKEIN_ISA names, in the order scalar, avx2, avx512, avx512vnni, neon, dotprod.
enum sk_isa {
    SK_ISA_SCALAR = 0,
    SK_ISA_AVX2 = 1,
    SK_ISA_AVX512 = 2,
    SK_ISA_AVX512VNNI = 3,
    SK_ISA_NEON = 4,
    /// NEON with the dot product instructions of Armv8.2.
    SK_ISA_DOTPROD = 5,
};

/// Storage types a weight can be read from; all widen to f32 exactly (a signalling f16 NaN becomes quiet).
enum sk_storage {
    SK_STORAGE_F32 = 0,
    SK_STORAGE_BF16 = 1,
    SK_STORAGE_F16 = 2,
};

/// How the cache keeps a KV head's keys and values (numerics.md rule 6).
///
/// The keys of a block are elements [head_dim][32], lanes being positions, its values elements [32][head_dim]. With
/// SK_KV_INT8 elements are codes, and 32 f32 follow each of the two matrices: position p's scale is number p.
enum sk_kv_type {
    SK_KV_F32 = 0,
    /// Rounded to nearest even; larger magnitudes than 65504 become that. What is not finite becomes a NaN.
    SK_KV_F16 = 1,
    /// Codes -127 ... 127 of one byte: scale = largest magnitude of the position's vector / 127, code = x * (127 /
    /// largest magnitude), rounded to nearest even. A vector whose magnitudes are all below 2^-100 has the scale 0 and
    /// codes 0, one with an infinity or NaN the scale NaN and codes 0.
    SK_KV_INT8 = 2,
};

/// How a quantized matrix keeps its numbers, group by group.
///
/// A group is `group` neighbouring inputs of one output; the last one has what is left. Weight = scale x (code -
/// zero), the code an unsigned integer of `bits` bits, the scale an f16 of any sign, the zero 128 (8 bits), 8 (4 bits),
/// or the group's own.
///
/// A tile holds 32 outputs, its groups one after the other, each 64-byte aligned, as
///
///     32 x f16 scales; 32 bytes of zeros and 32 bytes of nothing, if has_zeros; codes
///
/// 8 bits: byte [k / 4][output][k % 4]. 4 bits: byte [k / 8][output][k % 4], its low half the input with k / 4 even.
/// k counts from the group's start; a short group is filled up to a multiple of 8 inputs with codes that are the zero.
struct sk_quantization {
    /// 8 or 4.
    uint32_t bits;
    /// Whether every group of an output has a zero of its own, 0 ... 15; with 4 bits only.
    bool has_zeros;
    /// Inputs of a group: 32, 64 or 128.
    size_t group;
};

/// Rows of activations as signed codes with a scale each group: x = scale x code (numerics.md rule 8).
///
/// Group g of row r: `group` codes at codes + (g * row_capacity + r) * group, those past the row's end zero up to a
/// multiple of 8; its scale at scales[g * row_capacity + r], the sum of its codes at sums[g * row_capacity + r].
struct sk_quantized_rows {
    /// -127 ... 127.
    int8_t *codes;
    /// 0 for a group of zeros (magnitudes below 2^-100 count as such), NaN for one with an infinity or NaN.
    float *scales;
    int32_t *sums;
    /// Rows that there is room for.
    size_t row_capacity;
};

/// Up to 32 query rows of one sequence that read one KV head, and where its keys and values lie: one query head at
/// consecutive positions, or several at one position.
///
/// The row r is at position first_position + r * position_step and sees the keys lo ... that position, where lo is 0,
/// or position - window + 1 if window > 0 and that is positive. The key at position p is in block block_table[p / 32],
/// which starts at pool + block * block_stride; its key vector is column p % 32 of the matrix at key_offset, its value
/// vector row p % 32 of the matrix at value_offset (see enum sk_kv_type). Whole blocks must be readable, but what lies
/// at positions that a row does not see has no influence, NaN and infinity included.
struct sk_attention_rows {
    /// Queries, RoPE applied: row r at q + r * q_stride, head_dim elements. Any alignment.
    const float *q;
    size_t q_stride;
    /// 1 ... SK_ATTENTION_ROWS_MAX rows.
    size_t row_count;
    /// Absolute position of row 0.
    size_t first_position;
    /// Positions from row to row: 1, or 0 for several heads at one position.
    size_t position_step;
    /// 1 ... SK_HEAD_DIM_MAX.
    size_t head_dim;
    /// Multiplies every finished dot product, one rounding.
    float scale;
    /// If above 0, the scaled score s becomes tanh(s / soft_cap) * soft_cap, one rounding each.
    float soft_cap;
    /// If not NULL, then the score of row r and the key at position p becomes s + bias[p - r * bias_row_step], one
    /// rounding: by the key's position (step 0), or by its distance from the row's (step 1; `bias` is then the
    /// element of the distance -first_position). Readable for all 16 keys around every one that a row sees.
    const float *_Nullable bias;
    /// 0 or 1.
    size_t bias_row_step;
    /// Number of latest positions visible, the query's own included; 0 = all.
    size_t window;
    /// Block index per 32 positions, for positions 0 ... that of the last row. Entries of blocks that no row
    /// sees (before the window) are not read.
    const int32_t *block_table;
    /// How keys and values are stored.
    enum sk_kv_type type;
    /// KV pool, 64-byte aligned.
    const void *pool;
    /// Bytes from one block to the next, a multiple of 64.
    size_t block_stride;
    /// Bytes from a block's start to this layer's and head's keys, a multiple of 64.
    size_t key_offset;
    /// Bytes from a block's start to this layer's and head's values, a multiple of 4.
    size_t value_offset;
};

/// One instruction set's kernels. Tables are constants of the program: see `sk_kernels_for`.
struct sk_kernels {
    // MARK: Weights

    /// Packs up to 32 outputs, stored as rows, into one tile.
    ///
    /// tile[k * 32 + n] = source[n * source_stride + k] widened to f32, for n < row_count; +0 for the outputs
    /// row_count ... 31. source: row_count x depth elements of the storage type, any byte alignment.
    /// tile: depth * 32 f32, 64-byte aligned. row_count 0 ... 32.
    void (*pack_rows_f32)(
        const void *restrict source, enum sk_storage storage, size_t source_stride, size_t row_count,
        size_t depth, float *restrict tile);

    /// Packs up to 32 outputs, stored as columns (Conv1D's [k][output]), into one tile.
    ///
    /// As pack_rows_f32, with tile[k * 32 + n] = source[k * source_stride + n].
    void (*pack_columns_f32)(
        const void *restrict source, enum sk_storage storage, size_t source_stride, size_t row_count,
        size_t depth, float *restrict tile);

    /// Widens count elements of the storage type to f32, exactly. source: any byte alignment.
    void (*widen_f32)(const void *restrict source, enum sk_storage storage, size_t count, float *restrict y);

    /// Linear layer over some outputs of a matrix: y = x W^T (+ bias), numerics.md rule 1.
    ///
    /// A matrix of N outputs and depth K is ceil(N/32) tiles of f32 [K][32], tile t holding the outputs 32t
    /// ... 32t+31 of the UNSPLIT matrix, missing ones zero; `tiles` is tile 0, 64-byte aligned, tile stride K
    /// * 32 elements. Computes the outputs output_begin ..< output_end (any bounds, multiples of 32 are
    /// fastest): y[m * y_stride + n - output_begin] = fma chain over k ascending from +0 of x[m * x_stride +
    /// k] and W[n][k]; then + bias[n], if bias is not NULL (bias is indexed by the unsplit output). Each
    /// value depends on its row and its output alone. Same tiles for one row and many; any row_count, any
    /// depth (0 gives +0, + bias).
    void (*matmul_f32)(
        const float *restrict x, size_t x_stride, size_t row_count, size_t depth, const float *restrict tiles,
        size_t output_begin, size_t output_end, const float *_Nullable restrict bias, float *restrict y,
        size_t y_stride);

    /// As matmul_f32, with tiles of bf16 [K][32]: the weights widened, then the same arithmetic.
    void (*matmul_bf16)(
        const float *restrict x, size_t x_stride, size_t row_count, size_t depth, const uint16_t *restrict tiles,
        size_t output_begin, size_t output_end, const float *_Nullable restrict bias, float *restrict y,
        size_t y_stride);

    /// Rounds a packed f32 tile ([depth][32]) to bf16, to nearest even; NaN stays NaN.
    void (*narrow_tile_bf16)(const float *restrict tile, size_t depth, uint16_t *restrict narrow);

    // MARK: Quantized linear layers

    /// Quantizes a packed f32 tile ([depth][32]): sk_quantized_tile_bytes(quantization, depth) bytes at `quantized`,
    /// which is 64-byte aligned and all zeros before.
    ///
    /// Per group and output it takes, of some scales that clip the largest weights more and more, the one with the
    /// least squared error, the first of equals. A group with a weight that is not finite gets a scale that is NaN.
    void (*quantize_tile)(
        const float *restrict tile, size_t depth, const struct sk_quantization *restrict quantization,
        void *restrict quantized);

    /// Quantizes rows of activations: group by group, scale = largest magnitude / 127, code = x * (127 / largest
    /// magnitude) rounded to nearest even. Writes rows 0 ..< row_count of y, a view that may begin at a later row.
    void (*quantize_rows)(
        const float *restrict x, size_t x_stride, size_t row_count, size_t depth, size_t group,
        const struct sk_quantized_rows *restrict y);

    /// Linear layer with quantized weights and activations, numerics.md rule 1: per output, over its groups ascending
    /// from +0, fma(float(sum over the group of activation code x (weight code - zero)), weight scale x activation
    /// scale, .), the integers exact; then + bias[n], if bias is not NULL.
    ///
    /// x: rows with the matrix's groups. Tiles, outputs, bias and y as with matmul_f32.
    void (*matmul_quantized)(
        const struct sk_quantized_rows *restrict x, size_t row_count, size_t depth,
        const struct sk_quantization *restrict quantization, const void *restrict tiles, size_t output_begin,
        size_t output_end, const float *_Nullable restrict bias, float *restrict y, size_t y_stride);

    // MARK: Embeddings

    /// y[i] = row[i], or row[i] + position_row[i] (one rounding) if position_row is not NULL.
    void (*embed_f32)(
        const float *restrict row, const float *_Nullable restrict position_row, size_t count,
        float *restrict y);

    // MARK: Norms

    /// RMSNorm of row_count rows: y = weight * (x * (1 / sqrt(s / count + eps))), s the lane sum of fma(x, x,
    /// .).
    ///
    /// Each * , + , / and sqrt is one rounding. y may be x (same stride).
    void (*rms_norm_f32)(
        const float *x, size_t x_stride, size_t row_count, size_t count, const float *restrict weight,
        float eps, float *y, size_t y_stride);

    /// LayerNorm of row_count rows: y = fma((x - mean) * (1 / sqrt(v / count + eps)), weight, bias).
    ///
    /// mean = lane sum of x / count; v = lane sum of fma(d, d, .) with d = x - mean. A bias of NULL is +0. y may be
    /// x (same stride).
    void (*layer_norm_f32)(
        const float *x, size_t x_stride, size_t row_count, size_t count, const float *restrict weight,
        const float *_Nullable restrict bias, float eps, float *y, size_t y_stride);

    // MARK: Element by element. The output may be any of the inputs itself; otherwise nothing overlaps.

    /// sum[i] = sum[i] + addend[i], the residual.
    void (*add_f32)(const float *addend, size_t count, float *sum);

    /// y[i] = (gate / (1 + exp(-gate))) * up.
    void (*silu_mul_f32)(const float *gate, const float *up, size_t count, float *y);

    /// y[i] = gelu_tanh(gate) * up, gelu_tanh as below.
    void (*gelu_tanh_mul_f32)(const float *gate, const float *up, size_t count, float *y);

    /// y[i] = x * factor.
    void (*scale_f32)(const float *x, float factor, size_t count, float *y);

    /// y[i] = fma(x, factor, y).
    void (*add_scaled_f32)(const float *x, float factor, size_t count, float *y);

    /// y[i] = x, or the nearer of -limit and limit where it lies outside; a NaN stays a NaN.
    void (*clamp_f32)(const float *x, float limit, size_t count, float *y);

    /// y[i] = tanh(x / cap) * cap.
    void (*soft_cap_f32)(const float *x, float cap, size_t count, float *y);

    /// y = 1 / (1 + exp(-x)).
    void (*sigmoid_f32)(const float *x, size_t count, float *y);

    /// y = x / (1 + exp(-x)).
    void (*silu_f32)(const float *x, size_t count, float *y);

    /// y = (0.5 x) * (1 + tanh(sqrt(2/pi) * fma(0.044715 x, x * x, x))), transformers' gelu_new.
    void (*gelu_tanh_f32)(const float *x, size_t count, float *y);

    /// y = (0.5 x) * (1 + erf(x / sqrt 2)).
    void (*gelu_erf_f32)(const float *x, size_t count, float *y);

    /// y = x > 0 ? x : +0; a NaN stays a NaN.
    void (*relu_f32)(const float *x, size_t count, float *y);

    /// y = exp(x - shift). exp is within 2 ulp, +0 below -80, +infinity above 88.73; a NaN stays a NaN.
    void (*exp_f32)(const float *x, float shift, size_t count, float *y);

    /// y = tanh(x), within 2 ulp.
    void (*tanh_f32)(const float *x, size_t count, float *y);

    /// y = erf(x), within 2 ulp.
    void (*erf_f32)(const float *x, size_t count, float *y);

    // MARK: Attention

    /// Rotates head_count heads in place, in the rotate-half layout of Hugging Face.
    ///
    /// Head j starts at x + j * head_stride. With h = rotary_dim / 2 (rotary_dim even), for i < h: x[i] =
    /// x[i] * cosine[i] + (-x[i + h]) * sine[i]; x[i + h] = x[i + h] * cosine[i] + x[i] * sine[i], each
    /// product rounded, then one sum. cosine, sine: h values of the row's position. Elements from rotary_dim
    /// on stay as they are.
    void (*rope_f32)(
        float *restrict x, size_t head_stride, size_t head_count, size_t rotary_dim,
        const float *restrict cosine, const float *restrict sine);

    /// Stores one position's key and value vector (head_dim f32 each) of one KV head into its block.
    ///
    /// key_block, value_block: as enum sk_kv_type says, 4-byte aligned. position_in_block 0 ... 31; what lies at the
    /// block's other positions is left alone. head_dim 1 ... SK_HEAD_DIM_MAX.
    void (*kv_store)(
        const float *restrict key, const float *restrict value, size_t head_dim, enum sk_kv_type type,
        size_t position_in_block, void *restrict key_block, void *restrict value_block);

    /// Attention of up to 32 rows, numerics.md rules 5 and 6, to the end.
    ///
    /// out + r * out_stride: head_dim values, o / l, one division per element. A row's result depends on its
    /// query, its position and the cache alone: one row at a time or 32 at once, the bits are the same. Codes are
    /// used as f32: a finished dot product is first multiplied by the scale of its key, then by `scale`; a weight by
    /// the scale of its value, before it meets the codes. Each product is one rounding.
    void (*attention)(const struct sk_attention_rows *restrict rows, float *restrict out, size_t out_stride);

    /// The part of one key tile (positions 256 * tile ... 256 * tile + 255), for work split over tiles.
    ///
    /// partial, row r at r * (head_dim + 2): m, l, o[head_dim]. A row that sees no key of the tile gets l =
    /// +0 (and m = -infinity, o = +0). attention_merge over all tiles gives attention's bits.
    void (*attention_tile)(
        const struct sk_attention_rows *restrict rows, size_t tile, float *restrict partial);

    /// Merges the partials of tile_count tiles, ascending, and divides: out[r][d] = o / l.
    ///
    /// partials: tile t at t * partial_stride, each as attention_tile writes it.
    void (*attention_merge)(
        const float *restrict partials, size_t partial_stride, size_t tile_count, size_t row_count,
        size_t head_dim, float *restrict out, size_t out_stride);

    // MARK: Experts

    /// The k most probable of `count` experts and their weights, ids ascending (numerics.md rule 15).
    ///
    /// p = exp(logit - m) / s, m the maximum and s the lane sum of the exponentials; chosen by (p descending, id
    /// ascending); weights[i] = p of ids[i], divided by the chosen ones' lane sum (over i) if `is_normalized`.
    /// 1 ... SK_EXPERTS_MAX experts, k 1 ... count.
    void (*choose_experts_f32)(
        const float *restrict logits, size_t count, size_t k, bool is_normalized, int32_t *restrict ids,
        float *restrict weights);

    // MARK: Vocabulary

    /// Maximum and sum of exp(logit - maximum) (a lane sum) of every segment of 128 ids.
    ///
    /// logits[0] belongs to an id that is a multiple of 128; ceil(count / 128) segments, the last may be
    /// short. A maximum of -0 is given as +0; the logits hold no NaN. A segment of nothing but -infinity: sum
    /// +0.
    void (*segment_stats_f32)(
        const float *restrict logits, size_t count, float *restrict maxima, float *restrict sums);

    /// Index of the largest value, the lowest index among equals. The logits hold no NaN. 0 if count is 0.
    size_t (*argmax_f32)(const float *restrict logits, size_t count);

    /// The min(k, count) best by (logit descending, id ascending), in that order; gives their number.
    ///
    /// ids[i] = first_id + index, values[i] = logits[index] as it stands. k 0 ... SK_CANDIDATES_MAX. The
    /// logits hold no NaN (find_nonfinite_f32 comes first); -infinity takes part.
    size_t (*top_candidates_f32)(
        const float *restrict logits, size_t count, int32_t first_id, size_t k, int32_t *restrict ids,
        float *restrict values);

    /// Index of the first infinity or NaN; count if all are finite.
    size_t (*find_nonfinite_f32)(const float *restrict x, size_t count);

    // MARK: Probes (benchmarks only)

    /// Reads byte_count bytes (a multiple of 4096, 64-byte aligned) once, by several streams; the
    /// exclusive or of all 32-bit words. The yardstick of memory bandwidth.
    uint32_t (*read_probe)(const void *restrict bytes, size_t byte_count);

    /// Performs `rounds` x 1536 f32 fused multiply-adds in registers: the yardstick of the FMA peak. The
    /// value means nothing.
    float (*fma_probe)(size_t rounds);

    /// Performs `rounds` x SK_DOT_PROBE_PRODUCTS products of weights of 8 or 4 bits with activation codes, added
    /// up in registers as matmul_quantized does: the yardstick of its peak. The value means nothing.
    int32_t (*dot_probe)(size_t rounds, uint32_t bits);
};

/// The table of an instruction set: built-in constant; NULL where this build or this CPU lacks it.
///
/// Never NULL for SK_ISA_SCALAR. Pure, thread-safe.
const struct sk_kernels *_Nullable sk_kernels_for(enum sk_isa isa);

/// Bytes of one tile of a quantized matrix with so many inputs; a multiple of 64.
size_t sk_quantized_tile_bytes(const struct sk_quantization *quantization, size_t depth);

/// Natural logarithm of a positive finite f64, within 2 ulp, by our own polynomial: for log-probabilities.
///
/// Same bits everywhere. 0 gives -infinity, +infinity itself, a negative number or a NaN gives NaN.
double sk_log_f64(double x);

#ifdef __clang__
#pragma clang assume_nonnull end
#endif

#endif
