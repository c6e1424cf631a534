// Every kernel of every instruction set against its plain reference, bit for bit (numerics.md).
//
//     kernel-tests [SET ...]     tests all sets that there are; the named ones (scalar, avx2, ...) must be there
#include "check.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

static const char *const names[] = {"scalar", "avx2", "avx512", "avx512vnni", "neon", "dotprod"};

static const struct {
    const char *name;
    void (*test)(const struct sets *sets);
} suites[] = {
    {"rounding", test_rounding}, {"packing", test_packing},         {"linear", test_linear},
    {"quantize", test_quantize}, {"quantized", test_quantized},     {"norms", test_norms},
    {"elementwise", test_elementwise}, {"rotation", test_rotation}, {"attention", test_attention},
    {"experts", test_experts},   {"vocabulary", test_vocabulary},   {"probes", test_probes},
};

static double seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/// Gives the number of failures.
static size_t test_set(const char *name, const struct sets *sets) {
    tally = (struct tally){.digest = 14695981039346656037u};
    const double start = seconds();
    printf("%s:", name);
    for (size_t i = 0; i < COUNT_OF(suites); i++) {
        printf(" %s", suites[i].name);
        fflush(stdout);
        restart_numbers(i + 1);
        suites[i].test(sets);
        end_case();
    }
    printf(
        "\n%s: %zu comparisons passed, %zu failed, digest %016llx, in %.1f s\n", name, tally.passed, tally.failed,
        (unsigned long long)tally.digest, seconds() - start);
    return tally.failed;
}

static bool is_of_this_architecture(enum sk_isa set) {
#if defined(__aarch64__)
    return set >= SK_ISA_NEON;
#else
    return set < SK_ISA_NEON;
#endif
}

static bool is_named(int argument_count, char **arguments, const char *name) {
    for (int i = 1; i < argument_count; i++) {
        if (strcmp(arguments[i], name) == 0) return true;
    }
    return false;
}

int main(int argument_count, char **arguments) {
    for (int i = 1; i < argument_count; i++) {
        bool is_known = false;
        for (size_t set = 0; set < COUNT_OF(names); set++) is_known |= strcmp(arguments[i], names[set]) == 0;
        if (is_known) continue;
        printf("\"%s\" is none of scalar, avx2, avx512, avx512vnni, neon, dotprod\n", arguments[i]);
        return 64;
    }
    size_t failures = 0;
    for (size_t set = 0; set < COUNT_OF(names); set++) {
        const struct sets sets = {sk_kernels_for(SK_ISA_SCALAR), sk_kernels_for((enum sk_isa)set)};
        if (sets.tested != NULL) {
            failures += test_set(names[set], &sets);
        } else if (is_named(argument_count, arguments, names[set])) {
            printf("%s is missing from this CPU or build\n", names[set]);
            failures++;
        } else if (is_of_this_architecture((enum sk_isa)set)) {
            printf("SKIPPED: %s, which this CPU lacks\n", names[set]);
        }
    }
    return failures == 0 ? 0 : 1;
}
