/// What the kernel tests share: memory with guarded ends, numbers to try, and comparisons bit for bit.
#ifndef SKEIN_KERNEL_TESTS_CHECK_H
#define SKEIN_KERNEL_TESTS_CHECK_H

#include "skein_kernels.h"

#define COUNT_OF(ARRAY) (sizeof(ARRAY) / sizeof *(ARRAY))

/// The set under test and the plain one, which defines the bits.
struct sets {
    const struct sk_kernels *plain, *tested;
};

// MARK: Memory

/// Memory of the current case, 64-byte aligned, every byte 0x5a; what lies behind it is watched. `end_case` frees it.
void *room(size_t byte_count);
/// As room, all bytes 0.
void *zeros(size_t byte_count);
/// A copy of memory of the current case.
void *copy_of(const void *bytes, size_t byte_count);

static inline float *floats(size_t count) { return room(count * sizeof(float)); }

// MARK: Numbers, the same in every run

/// Starts the sequence anew.
void restart_numbers(uint64_t seed);
uint32_t any_bits(void);
/// 0 ..< limit.
size_t any_below(size_t limit);
/// -1 ... 1.
float any_float(void);
/// One of the values given.
#define ANY_OF(ARRAY) ((ARRAY)[any_below(COUNT_OF(ARRAY))])

/// Ordinary: -1 ... 1, some 20 times larger. Wild: among them zeros of both signs, subnormals, huge ones. Broken: also
/// infinities and NaN.
enum range { ORDINARY, WILD, BROKEN };
float *any_floats(size_t count, enum range range);

// MARK: Cases

/// Begins a case of a kernel; the words are printed if it fails.
void begin_case(const char *kernel, const char *format, ...) __attribute__((format(printf, 2, 3)));
/// Looks behind all the case's memory and frees it.
void end_case(void);

/// Expects equal bytes.
void check_bytes(const char *what, const void *expected, const void *actual, size_t byte_count);
/// Expects equal bits, all NaN being alike.
void check_floats(const char *what, const float *expected, const float *actual, size_t count);
/// Expects equal numbers.
void check_count(const char *what, size_t expected, size_t actual);

/// Comparisons made and failed until now, and a hash of everything that was compared, which must be the same for every
/// set, machine and compiler. Therefore no expression takes two numbers of the sequence without an order between them.
struct tally {
    size_t passed, failed;
    uint64_t digest;
};
extern struct tally tally;

// MARK: Suites

void test_rounding(const struct sets *sets);
void test_packing(const struct sets *sets);
void test_linear(const struct sets *sets);
void test_quantize(const struct sets *sets);
void test_quantized(const struct sets *sets);
void test_norms(const struct sets *sets);
void test_elementwise(const struct sets *sets);
void test_rotation(const struct sets *sets);
void test_attention(const struct sets *sets);
void test_experts(const struct sets *sets);
void test_vocabulary(const struct sets *sets);
void test_probes(const struct sets *sets);

#endif
