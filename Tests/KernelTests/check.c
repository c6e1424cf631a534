// Memory with guarded ends, numbers to try, and comparisons bit for bit.
#include "check.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if defined(__SANITIZE_ADDRESS__)
#define GUARD_BYTES 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
// The sanitizer watches both ends itself, to the byte.
#define GUARD_BYTES 0
#endif
#endif
#ifndef GUARD_BYTES
#define GUARD_BYTES 128
#endif
#define GUARD 0xc3
#define FILLING 0x5a

/// Pieces of memory that a case may have.
#define PIECES_MAX 64
/// Failures that are printed in full.
#define FAILURES_PRINTED 20

static struct {
    unsigned char *start;
    size_t byte_count;
} pieces[PIECES_MAX];
static size_t piece_count;

static char words[256];
static const char *kernel_name = "";

struct tally tally;

/// Fowler, Noll and Vo's hash, FNV-1a.
static void digest_bytes(const void *bytes, size_t byte_count) {
    for (size_t i = 0; i < byte_count; i++) {
        tally.digest = (tally.digest ^ ((const unsigned char *)bytes)[i]) * 1099511628211u;
    }
}

static bool begin_failure(const char *what) {
    tally.failed++;
    if (tally.failed == FAILURES_PRINTED + 1) printf("  ... further failures are only counted\n");
    if (tally.failed > FAILURES_PRINTED) return false;
    printf("  FAILED %s, %s: %s ", kernel_name, words, what);
    return true;
}

void *room(size_t byte_count) {
    void *start = NULL;
    if (piece_count == PIECES_MAX || posix_memalign(&start, SK_ALIGNMENT, byte_count + GUARD_BYTES) != 0) {
        printf("no room for %zu bytes in %zu pieces\n", byte_count, piece_count);
        exit(2);
    }
    if (byte_count > 0) memset(start, FILLING, byte_count);
    memset((char *)start + byte_count, GUARD, GUARD_BYTES);
    pieces[piece_count].start = start;
    pieces[piece_count++].byte_count = byte_count;
    return start;
}

void *zeros(size_t byte_count) { return byte_count == 0 ? room(0) : memset(room(byte_count), 0, byte_count); }

void *copy_of(const void *bytes, size_t byte_count) {
    void *copy = room(byte_count);
    return byte_count == 0 ? copy : memcpy(copy, bytes, byte_count);
}

// Marsaglia's xorshift.
static uint64_t state;

void restart_numbers(uint64_t seed) { state = 88172645463325252u ^ seed << 20; }

uint32_t any_bits(void) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (uint32_t)(state >> 24);
}

size_t any_below(size_t limit) { return any_bits() % limit; }

float any_float(void) { return (float)any_bits() / 2147483648.0f - 1.0f; }

static float wild_float(enum range range) {
    static const float wild[] = {0.0f,  -0.0f,    1e-45f,   -1e-40f, 1.17549435e-38f, 3e38f,
                                 -3e38f, 65504.0f, 65520.0f, -1e10f,  6e-8f,           1e-30f};
    static const float broken[] = {INFINITY, -INFINITY, NAN};
    if (range == BROKEN && any_below(8) == 0) return ANY_OF(broken);
    return ANY_OF(wild);
}

float *any_floats(size_t count, enum range range) {
    float *x = floats(count);
    for (size_t i = 0; i < count; i++) {
        x[i] = any_float();
        if (any_below(16) == 0) x[i] *= 20.0f;
        if (range != ORDINARY && any_below(32) == 0) x[i] = wild_float(range);
    }
    return x;
}

void begin_case(const char *kernel, const char *format, ...) {
    kernel_name = kernel;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(words, sizeof words, format, arguments);
    va_end(arguments);
}

void end_case(void) {
    for (size_t i = 0; i < piece_count; i++) {
        const unsigned char *guard = pieces[i].start + pieces[i].byte_count;
        for (size_t j = 0; j < GUARD_BYTES; j++) {
            if (guard[j] == GUARD) continue;
            if (begin_failure("wrote")) printf("byte %zu behind %zu bytes\n", j, pieces[i].byte_count);
            break;
        }
        free(pieces[i].start);
    }
    piece_count = 0;
}

void check_bytes(const char *what, const void *expected, const void *actual, size_t byte_count) {
    const unsigned char *e = expected, *a = actual;
    digest_bytes(actual, byte_count);
    for (size_t i = 0; i < byte_count; i++) {
        if (e[i] == a[i]) continue;
        if (begin_failure(what)) printf("differs at byte %zu of %zu: %02x, not %02x\n", i, byte_count, a[i], e[i]);
        return;
    }
    tally.passed++;
}

void check_floats(const char *what, const float *expected, const float *actual, size_t count) {
    for (size_t i = 0; i < count; i++) {
        uint32_t e, a;
        memcpy(&e, expected + i, sizeof e);
        memcpy(&a, actual + i, sizeof a);
        const uint32_t nan = 0x7fc00000;
        digest_bytes(isnan(actual[i]) ? &nan : &a, sizeof a);
        if (e == a || (isnan(expected[i]) && isnan(actual[i]))) continue;
        if (begin_failure(what)) {
            printf("differs at %zu of %zu: %a (%08x), not %a (%08x)\n", i, count, actual[i], a, expected[i], e);
        }
        return;
    }
    tally.passed++;
}

void check_count(const char *what, size_t expected, size_t actual) {
    if (expected == actual) {
        tally.passed++;
    } else if (begin_failure(what)) {
        printf("is %zu, not %zu\n", actual, expected);
    }
}
