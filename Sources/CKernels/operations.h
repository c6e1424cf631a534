/// The implementations behind the tables: one set of functions per instruction set, named sk_<set>_<kernel>.
#ifndef SKEIN_OPERATIONS_H
#define SKEIN_OPERATIONS_H

#include "skein_kernels.h"

/// Every kernel's name, in the order of struct sk_kernels.
#define SK_EACH_KERNEL(X) \
    X(pack_rows_f32) X(pack_columns_f32) X(widen_f32) X(matmul_f32) \
    X(embed_f32) X(embed_tiled_f32) \
    X(rms_norm_f32) X(layer_norm_f32) \
    X(add_f32) X(silu_mul_f32) X(gelu_tanh_mul_f32) \
    X(scale_f32) X(add_scaled_f32) X(clamp_f32) X(soft_cap_f32) X(sigmoid_f32) X(silu_f32) X(gelu_tanh_f32) X(gelu_erf_f32) X(relu_f32) \
    X(exp_f32) X(tanh_f32) X(erf_f32) \
    X(rope_f32) X(kv_store_f32) X(attention_f32) X(attention_tile_f32) X(attention_merge_f32) \
    X(choose_experts_f32) \
    X(segment_stats_f32) X(argmax_f32) X(top_candidates_f32) X(find_nonfinite_f32) \
    X(read_probe) X(fma_probe)

/// Where a matrix keeps the weights of one output, 32 elements from input to input.
static inline const float *sk_weights_of(const float *tiles, size_t output, size_t depth) {
    return tiles + output / SK_TILE_OUTPUTS * depth * SK_TILE_OUTPUTS + output % SK_TILE_OUTPUTS;
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
#endif

#endif
