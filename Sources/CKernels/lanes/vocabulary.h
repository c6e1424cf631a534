/// Reductions over logits, numerics.md rules 10 and 11, 16 ids at a time.
#include "functions.h"

/// As many of the n logits at p as there are lanes, -infinity in the others.
static inline lanes load_logits(const float *p, size_t n) {
    if (n >= 16) return lanes_load(p);
    return lanes_select(lanes_first(n), lanes_load_first(p, n), lanes_set(-__builtin_inff()));
}

void SK_NAME(segment_stats_f32)(
    const float *restrict logits, size_t count, float *restrict maxima, float *restrict sums) {
    for (size_t begin = 0; begin < count; begin += SK_SEGMENT_IDS) {
        const size_t n = count - begin < SK_SEGMENT_IDS ? count - begin : SK_SEGMENT_IDS;
        lanes largest = lanes_set(-__builtin_inff()), total = lanes_zero();
        for (size_t i = 0; i < n; i += 16) {
            largest = lanes_maximum(load_logits(logits + begin + i, n - i), largest);
        }
        const float m = lanes_largest(largest) + 0.0f;
        // Lanes past the end add exp(-infinity) = +0, which changes no sum.
        for (size_t i = 0; i < n && m > -__builtin_inff(); i += 16) {
            const lanes x = load_logits(logits + begin + i, n - i);
            total = lanes_add(total, lanes_exp(lanes_subtract(x, lanes_set(m))));
        }
        maxima[begin / SK_SEGMENT_IDS] = m;
        sums[begin / SK_SEGMENT_IDS] = lanes_sum(total);
    }
}

size_t SK_NAME(argmax_f32)(const float *restrict logits, size_t count) {
    lanes best[4];
    for (size_t j = 0; j < 4; j++) best[j] = lanes_set(-__builtin_inff());
    size_t i = 0;
    for (; i + 64 <= count; i += 64) {
#pragma clang loop unroll(full)
        for (size_t j = 0; j < 4; j++) best[j] = lanes_maximum(lanes_load(logits + i + 16 * j), best[j]);
    }
    for (; i < count; i += 16) best[0] = lanes_maximum(load_logits(logits + i, count - i), best[0]);
    const lanes two = lanes_maximum(best[0], best[1]), others = lanes_maximum(best[2], best[3]);
    const float largest = lanes_largest(lanes_maximum(two, others));
    for (i = 0; i < count; i++) {
        if (logits[i] == largest) return i;
    }
    return 0;
}

size_t SK_NAME(find_nonfinite_f32)(const float *restrict x, size_t count) {
    const lanes infinity = lanes_set(__builtin_inff());
    for (size_t i = 0; i < count; i += 16) {
        const lanes v = lanes_load_up_to(x + i, count - i);
        const uint32_t bad = ~lanes_bits(lanes_less(lanes_magnitude(v), infinity)) & 0xffff;
        if (bad != 0) return i + (size_t)__builtin_ctz(bad);
    }
    return count;
}
