// Which experts a row goes to.
#include "check.h"

static void test_choice(const struct sets *sets, size_t count, size_t k, bool is_normalized, enum range range) {
    begin_case("choose_experts_f32", "%zu of %zu experts, range %d", k, count, range);
    float *logits = any_floats(count, range);
    // Ties and a wide spread.
    for (size_t i = 0; i < count; i++) logits[i] = any_below(3) == 0 ? logits[any_below(count)] : logits[i] * 4.0f;
    int32_t *ids = room(k * sizeof *ids), *other_ids = room(k * sizeof *ids);
    float *weights = floats(k), *other_weights = floats(k);
    sets->plain->choose_experts_f32(logits, count, k, is_normalized, ids, weights);
    sets->tested->choose_experts_f32(logits, count, k, is_normalized, other_ids, other_weights);
    check_bytes("ids", ids, other_ids, k * sizeof *ids);
    check_floats("weights", weights, other_weights, k);
    end_case();
}

void test_experts(const struct sets *sets) {
    static const size_t counts[] = {1, 2, 8, 15, 16, 17, 32, 60, 64, 100, 128, 257, SK_EXPERTS_MAX};
    for (size_t i = 0; i < COUNT_OF(counts); i++) {
        const size_t ks[] = {1, counts[i] < 2 ? 1 : 2, (counts[i] + 1) / 2, counts[i]};
        for (size_t j = 0; j < COUNT_OF(ks); j++) {
            test_choice(sets, counts[i], ks[j], j % 2 == 0, ORDINARY);
            test_choice(sets, counts[i], ks[j], true, WILD);
            test_choice(sets, counts[i], ks[j], false, BROKEN);
        }
    }
}
