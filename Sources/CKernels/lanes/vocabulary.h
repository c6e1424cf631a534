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

/// The largest of n logits, -infinity if there are none.
static inline float largest_logit(const float *restrict logits, size_t n) {
    lanes best[4];
    for (size_t j = 0; j < 4; j++) best[j] = lanes_set(-__builtin_inff());
    size_t i = 0;
    for (; i + 64 <= n; i += 64) {
#pragma clang loop unroll(full)
        for (size_t j = 0; j < 4; j++) best[j] = lanes_maximum(lanes_load(logits + i + 16 * j), best[j]);
    }
    for (; i < n; i += 16) best[0] = lanes_maximum(load_logits(logits + i, n - i), best[0]);
    const lanes two = lanes_maximum(best[0], best[1]), others = lanes_maximum(best[2], best[3]);
    return lanes_largest(lanes_maximum(two, others));
}

/// Ids among which the best one is looked for once it is known that it is there: they stay in cache.
#define ARGMAX_SPAN 1024

size_t SK_NAME(argmax_f32)(const float *restrict logits, size_t count) {
    float largest = -__builtin_inff();
    size_t span = 0;
    for (size_t begin = 0; begin < count; begin += ARGMAX_SPAN) {
        const size_t n = count - begin < ARGMAX_SPAN ? count - begin : ARGMAX_SPAN;
        const float best = largest_logit(logits + begin, n);
        if (best > largest) {
            largest = best;
            span = begin;
        }
    }
    for (size_t i = span; i < count; i++) {
        if (logits[i] == largest) return i;
    }
    return 0;
}

size_t SK_NAME(find_nonfinite_f32)(const float *restrict x, size_t count) {
    const lanes infinity = lanes_set(__builtin_inff());
    size_t i = 0;
    for (; i + 64 <= count; i += 64) {
        // x - x is 0 if x is finite, else a NaN, which stays one in the sum.
        lanes zero = lanes_zero();
#pragma clang loop unroll(full)
        for (size_t j = 0; j < 64; j += 16) {
            const lanes v = lanes_load(x + i + j);
            zero = lanes_add(zero, lanes_subtract(v, v));
        }
        if (lanes_bits(lanes_less(zero, infinity)) != 0xffff) break;
    }
    for (; i < count; i += 16) {
        const lanes v = lanes_load_up_to(x + i, count - i);
        const uint32_t bad = ~lanes_bits(lanes_less(lanes_magnitude(v), infinity)) & 0xffff;
        if (bad != 0) return i + (size_t)__builtin_ctz(bad);
    }
    return count;
}
