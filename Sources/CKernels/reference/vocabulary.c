// Reductions over logits, numerics.md rules 10 and 11: order is (logit descending, id ascending).
#include "../operations.h"
#include "functions.h"

#pragma STDC FP_CONTRACT OFF

void sk_scalar_segment_stats_f32(
    const float *restrict logits, size_t count, float *restrict maxima, float *restrict sums) {
    for (size_t segment = 0; segment * SK_SEGMENT_IDS < count; segment++) {
        const size_t begin = segment * SK_SEGMENT_IDS;
        const size_t end = begin + SK_SEGMENT_IDS < count ? begin + SK_SEGMENT_IDS : count;
        float m = -SK_INFINITY, lanes[16] = {0};
        for (size_t i = begin; i < end; i++) m = logits[i] > m ? logits[i] : m;
        m = m + 0.0f;
        for (size_t i = begin; i < end && m > -SK_INFINITY; i++) {
            lanes[i % 16] = lanes[i % 16] + exp1(logits[i] - m);
        }
        maxima[segment] = m;
        sums[segment] = lane_sum(lanes);
    }
}

size_t sk_scalar_argmax_f32(const float *restrict logits, size_t count) {
    size_t best = 0;
    float value = -SK_INFINITY;
    for (size_t i = 0; i < count; i++) {
        if (logits[i] > value) {
            best = i;
            value = logits[i];
        }
    }
    return best;
}

size_t sk_scalar_top_candidates_f32(
    const float *restrict logits, size_t count, int32_t first_id, size_t k, int32_t *restrict ids,
    float *restrict values) {
    size_t found = 0;
    for (size_t i = 0; i < count; i++) {
        // Insertion from the end: equal values stay before this one, whose id is larger.
        size_t place = found;
        while (place > 0 && logits[i] > values[place - 1]) place--;
        if (place >= k) continue;
        if (found < k) found++;
        for (size_t j = found - 1; j > place; j--) {
            ids[j] = ids[j - 1];
            values[j] = values[j - 1];
        }
        ids[place] = first_id + (int32_t)i;
        values[place] = logits[i];
    }
    return found;
}

size_t sk_scalar_find_nonfinite_f32(const float *restrict x, size_t count) {
    for (size_t i = 0; i < count; i++) {
        if ((bits_of(x[i]) & 0x7f800000) == 0x7f800000) return i;
    }
    return count;
}
