// Which experts a row goes to, numerics.md rule 15.
#include "../experts.h"
#include "../operations.h"
#include "functions.h"

#pragma STDC FP_CONTRACT OFF

void sk_scalar_choose_experts_f32(
    const float *restrict logits, size_t count, size_t k, bool is_normalized, int32_t *restrict ids,
    float *restrict weights) {
    float p[SK_EXPERTS_MAX], sums[16] = {0}, kept[16] = {0};
    float m = -SK_INFINITY;
    for (size_t id = 0; id < count; id++) m = logits[id] > m ? logits[id] : m;
    m = m + 0.0f;
    for (size_t id = 0; id < count; id++) {
        p[id] = exp1(logits[id] - m);
        sums[id % 16] = sums[id % 16] + p[id];
    }
    const float sum = lane_sum(sums);
    for (size_t id = 0; id < count; id++) p[id] = p[id] / sum;
    sk_pick_experts(p, count, k, ids);
    for (size_t i = 0; i < k; i++) {
        weights[i] = p[ids[i]];
        kept[i % 16] = kept[i % 16] + weights[i];
    }
    const float kept_sum = lane_sum(kept);
    for (size_t i = 0; i < k && is_normalized; i++) weights[i] = weights[i] / kept_sum;
}
