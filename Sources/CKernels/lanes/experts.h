/// Which experts a row goes to, numerics.md rule 15, 16 of them at a time.
#include "functions.h"

void SK_NAME(choose_experts_f32)(
    const float *restrict logits, size_t count, size_t k, bool is_normalized, int32_t *restrict ids,
    float *restrict weights) {
    float p[SK_EXPERTS_MAX];
    const lanes lowest = lanes_set(-__builtin_inff());
    lanes largest = lowest, sums = lanes_zero(), kept = lanes_zero();
    for (size_t i = 0; i < count; i += 16) {
        const lanes x = lanes_load_up_to(logits + i, count - i);
        const lanes real = count - i >= 16 ? x : lanes_select(lanes_first(count - i), x, lowest);
        largest = lanes_maximum(real, largest);
    }
    const lanes shift = lanes_set(lanes_largest(largest) + 0.0f);
    for (size_t i = 0; i < count; i += 16) {
        const size_t n = count - i;
        const lanes power = lanes_exp(lanes_subtract(lanes_load_up_to(logits + i, n), shift));
        lanes_store_up_to(p + i, n, power);
        sums = lanes_add(sums, lanes_load_up_to(p + i, n));
    }
    const lanes sum = lanes_set(lanes_sum(sums));
    for (size_t i = 0; i < count; i += 16) {
        lanes_store_up_to(p + i, count - i, lanes_divide(lanes_load_up_to(p + i, count - i), sum));
    }
    sk_pick_experts(p, count, k, ids);
    for (size_t i = 0; i < k; i++) weights[i] = p[ids[i]];
    if (!is_normalized) return;
    for (size_t i = 0; i < k; i += 16) kept = lanes_add(kept, lanes_load_up_to(weights + i, k - i));
    const lanes kept_sum = lanes_set(lanes_sum(kept));
    for (size_t i = 0; i < k; i += 16) {
        lanes_store_up_to(weights + i, k - i, lanes_divide(lanes_load_up_to(weights + i, k - i), kept_sum));
    }
}
