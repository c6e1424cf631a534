// Reductions over logits: segments, the best, the best k, what is not finite.
#include "check.h"

#include <math.h>

/// Logits without NaN: ordinary ones, many ties, or many of -infinity.
static float *any_logits(size_t count, int kind) {
    float *logits = any_floats(count, WILD);
    for (size_t i = 0; i < count; i++) {
        if (kind == 1) logits[i] = (float)any_below(7) - 3.0f;
        if (kind == 1 && logits[i] == 0.0f && any_below(2) == 0) logits[i] = -0.0f;
        if (kind == 2 && any_below(4) != 0) logits[i] = -INFINITY;
        if (kind == 3) logits[i] = -INFINITY;
    }
    return logits;
}

static void test_candidates(const struct sets *sets, const float *logits, size_t count, size_t k) {
    begin_case("top_candidates_f32", "%zu of %zu", k, count);
    int32_t *ids = room(k * sizeof *ids), *other_ids = room(k * sizeof *ids);
    float *values = floats(k), *other_values = floats(k);
    const size_t found = sets->plain->top_candidates_f32(logits, count, 1000, k, ids, values);
    const size_t other_found = sets->tested->top_candidates_f32(logits, count, 1000, k, other_ids, other_values);
    check_count("number", found, other_found);
    check_bytes("ids", ids, other_ids, k * sizeof *ids);
    check_bytes("values", values, other_values, k * sizeof *values);
}

static void test_logits(const struct sets *sets, size_t count, int kind) {
    static const size_t ks[] = {0, 1, 2, 15, 16, 17, 50, 128, 255, SK_CANDIDATES_MAX};
    const float *logits = any_logits(count, kind);
    const size_t segments = (count + SK_SEGMENT_IDS - 1) / SK_SEGMENT_IDS;
    begin_case("segment_stats_f32", "%zu logits of kind %d", count, kind);
    float *maxima = floats(segments), *sums = floats(segments);
    float *other_maxima = floats(segments), *other_sums = floats(segments);
    sets->plain->segment_stats_f32(logits, count, maxima, sums);
    sets->tested->segment_stats_f32(logits, count, other_maxima, other_sums);
    check_bytes("maxima", maxima, other_maxima, segments * sizeof *maxima);
    check_bytes("sums", sums, other_sums, segments * sizeof *sums);
    begin_case("argmax_f32", "%zu logits of kind %d", count, kind);
    check_count("index", sets->plain->argmax_f32(logits, count), sets->tested->argmax_f32(logits, count));
    for (size_t i = 0; i < COUNT_OF(ks); i++) test_candidates(sets, logits, count, ks[i]);
    end_case();
}

static void test_nonfinite(const struct sets *sets, size_t count) {
    static const float bad[] = {INFINITY, -INFINITY, NAN};
    begin_case("find_nonfinite_f32", "%zu elements", count);
    float *x = any_floats(count, WILD);
    check_count("index", count, sets->tested->find_nonfinite_f32(x, count));
    for (int i = 0; i < 3 && count > 0; i++) {
        const size_t place = any_below(count);
        x[place] = ANY_OF(bad);
        const size_t expected = sets->plain->find_nonfinite_f32(x, count);
        check_count("index", expected, sets->tested->find_nonfinite_f32(x, count));
    }
    end_case();
}

/// The logarithm is no kernel of a set, but its bits must be the same on every machine: the digest tells. And it must
/// be near the C library's.
static void test_log(void) {
    begin_case("sk_log_f64", "2^-1074 ... 2^1023");
    double *logs = room(8192 * sizeof *logs);
    size_t far = 0;
    for (size_t i = 0; i < 8192; i++) {
        const double x = ldexp(1.0 + (double)any_float() * 0.5, (int)(i / 4) - 1024);
        const double expected = log(x);
        logs[i] = sk_log_f64(x);
        far += !(fabs(logs[i] - expected) <= fabs(expected) * 0x1p-51);
    }
    check_count("values more than 2 ulp away", 0, far);
    check_bytes("values", logs, logs, 8192 * sizeof *logs);
    static const double edges[] = {0.0, INFINITY, 1.0};
    static const double expected[] = {-INFINITY, INFINITY, 0.0};
    for (size_t i = 0; i < COUNT_OF(edges); i++) check_count("edge", 1, sk_log_f64(edges[i]) == expected[i]);
    check_count("logarithm of -1 being NaN", 1, isnan(sk_log_f64(-1.0)) != 0);
    end_case();
}

void test_vocabulary(const struct sets *sets) {
    static const size_t counts[] = {0, 1, 15, 16, 17, 63, 64, 65, 127, 128, 129, 255, 257, 1000, 5003};
    for (size_t i = 0; i < COUNT_OF(counts); i++) {
        for (int kind = 0; kind < 4; kind++) test_logits(sets, counts[i], kind);
        test_nonfinite(sets, counts[i]);
    }
    test_log();
    // Every newcomer is better than all before it: the pool of candidates is cut most often.
    float *rising = floats(3000);
    for (size_t i = 0; i < 3000; i++) rising[i] = (float)i;
    test_candidates(sets, rising, 3000, SK_CANDIDATES_MAX);
    test_candidates(sets, rising, 3000, 3);
    end_case();
}
