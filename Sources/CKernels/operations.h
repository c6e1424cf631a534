/// The implementations behind the tables: one set of functions per instruction set, named sk_<set>_<kernel>.
#ifndef SKEIN_OPERATIONS_H
#define SKEIN_OPERATIONS_H

#include "skein_kernels.h"

/// The names of the kernels that add products of codes, which have an instruction of their own in some sets.
#define SK_EACH_DOT_KERNEL(X) X(matmul_quantized) X(dot_probe)

/// The names of the others, in the order of struct sk_kernels.
#define SK_EACH_FLOAT_KERNEL(X) \
    X(pack_rows_f32) X(pack_columns_f32) X(widen_f32) X(matmul_f32) X(matmul_bf16) X(narrow_tile_bf16) \
    X(quantize_tile) X(quantize_rows) \
    X(embed_f32) \
    X(rms_norm_f32) X(layer_norm_f32) \
    X(add_f32) X(silu_mul_f32) X(gelu_tanh_mul_f32) \
    X(scale_f32) X(add_scaled_f32) X(clamp_f32) X(soft_cap_f32) X(sigmoid_f32) X(silu_f32) X(gelu_tanh_f32) X(gelu_erf_f32) X(relu_f32) \
    X(exp_f32) X(tanh_f32) X(erf_f32) \
    X(rope_f32) X(kv_store) X(attention) X(attention_tile) X(attention_merge) \
    X(choose_experts_f32) \
    X(segment_stats_f32) X(argmax_f32) X(top_candidates_f32) X(find_nonfinite_f32) \
    X(read_probe) X(fma_probe)

/// Every kernel's name.
#define SK_EACH_KERNEL(X) SK_EACH_FLOAT_KERNEL(X) SK_EACH_DOT_KERNEL(X)

/// Where a matrix keeps the weights of one output, 32 elements from input to input.
static inline const float *sk_weights_of(const float *tiles, size_t output, size_t depth) {
    return tiles + output / SK_TILE_OUTPUTS * depth * SK_TILE_OUTPUTS + output % SK_TILE_OUTPUTS;
}

/// Inputs of the longest group.
#define SK_GROUP_MAX 128

/// Where a group of a tile keeps its parts, and how many inputs it has.
struct sk_group {
    const uint16_t *scales;
    /// NULL without zeros of its own.
    const uint8_t *zeros;
    const uint8_t *codes;
    /// Inputs, filled up to a multiple of 8.
    size_t depth;
};

/// Bytes of a group before its codes.
static inline size_t sk_group_head_bytes(const struct sk_quantization *quantization) {
    return quantization->has_zeros ? 128 : 64;
}

/// Bytes of a full group.
static inline size_t sk_group_bytes(const struct sk_quantization *quantization) {
    return sk_group_head_bytes(quantization) + quantization->group * SK_TILE_OUTPUTS * quantization->bits / 8;
}

/// Inputs that a group is filled up to.
static inline size_t sk_group_depth(size_t group, size_t depth, size_t index) {
    const size_t left = depth - index * group;
    return left < group ? (left + 7) / 8 * 8 : group;
}

/// Group `index` of a tile.
static inline struct sk_group sk_group_of(
    const void *tile, const struct sk_quantization *quantization, size_t depth, size_t index) {
    const char *start = (const char *)tile + index * sk_group_bytes(quantization);
    return (struct sk_group){
        .scales = (const uint16_t *)(const void *)start,
        .zeros = quantization->has_zeros ? (const uint8_t *)start + 64 : NULL,
        .codes = (const uint8_t *)start + sk_group_head_bytes(quantization),
        .depth = sk_group_depth(quantization->group, depth, index),
    };
}

/// The zero of a matrix without zeros of its own.
static inline int32_t sk_common_zero(const struct sk_quantization *quantization) {
    return quantization->bits == 8 ? 128 : 8;
}

/// Bytes of one key's or value's element in the cache.
static inline size_t sk_kv_element_bytes(enum sk_kv_type type) {
    return type == SK_KV_F32 ? 4 : type == SK_KV_F16 ? 2 : 1;
}

/// The scales that follow a block's codes of one head.
static inline const float *sk_kv_scales(const void *codes, size_t head_dim) {
    return (const float *)(const void *)((const char *)codes + head_dim * SK_KV_BLOCK_POSITIONS);
}

/// Declares one set's implementation of a kernel, with the type of its table entry.
#define SK_DECLARE(SET, NAME) extern __typeof__(*((struct sk_kernels *)0)->NAME) sk_##SET##_##NAME;

#define SK_DECLARE_SCALAR(NAME) SK_DECLARE(scalar, NAME)
SK_EACH_KERNEL(SK_DECLARE_SCALAR)

#if defined(__x86_64__)
#define SK_DECLARE_AVX2(NAME) SK_DECLARE(avx2, NAME)
#define SK_DECLARE_AVX512(NAME) SK_DECLARE(avx512, NAME)
SK_EACH_KERNEL(SK_DECLARE_AVX2)
SK_EACH_KERNEL(SK_DECLARE_AVX512)
#define SK_DECLARE_AVX512VNNI(NAME) SK_DECLARE(avx512vnni, NAME)
SK_EACH_DOT_KERNEL(SK_DECLARE_AVX512VNNI)
#elif defined(__aarch64__)
#define SK_DECLARE_NEON(NAME) SK_DECLARE(neon, NAME)
#define SK_DECLARE_DOTPROD(NAME) SK_DECLARE(dotprod, NAME)
SK_EACH_KERNEL(SK_DECLARE_NEON)
SK_EACH_DOT_KERNEL(SK_DECLARE_DOTPROD)
#endif

#endif
