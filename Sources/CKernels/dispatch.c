// Which tables exist, and whether this CPU can run them. Tables are constants: no state, no order of start.
#include "operations.h"

#pragma STDC FP_CONTRACT OFF

#define SK_SCALAR_ENTRY(NAME) .NAME = sk_scalar_##NAME,
static const struct sk_kernels scalar_kernels = {SK_EACH_KERNEL(SK_SCALAR_ENTRY)};

#if defined(__x86_64__)
#include <cpuid.h>

#define SK_AVX2_ENTRY(NAME) .NAME = sk_avx2_##NAME,
#define SK_AVX512_ENTRY(NAME) .NAME = sk_avx512_##NAME,
static const struct sk_kernels avx2_kernels = {SK_EACH_KERNEL(SK_AVX2_ENTRY)};
static const struct sk_kernels avx512_kernels = {SK_EACH_KERNEL(SK_AVX512_ENTRY)};
#define SK_AVX512VNNI_ENTRY(NAME) .NAME = sk_avx512vnni_##NAME,
static const struct sk_kernels avx512vnni_kernels = {
    SK_EACH_FLOAT_KERNEL(SK_AVX512_ENTRY) SK_EACH_DOT_KERNEL(SK_AVX512VNNI_ENTRY)};

/// The register state the operating system saves (XCR0): bits 1, 2 are SSE and AVX, 5 ... 7 AVX-512.
static uint64_t saved_state(void) {
    uint32_t low = 0, high = 0;
    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return (uint64_t)high << 32 | low;
}

/// Features of CPUID leaves 1 and 7 that the kernels of a set are compiled for.
static bool cpu_has(enum sk_isa isa) {
    uint32_t a = 0, b = 0, c1 = 0, d = 0, b7 = 0, c = 0;
    if (!__get_cpuid(1, &a, &b, &c1, &d) || !__get_cpuid_count(7, 0, &a, &b7, &c, &d)) return false;
    const uint32_t leaf1 = bit_OSXSAVE | bit_AVX | bit_FMA | bit_F16C;
    if ((c1 & leaf1) != leaf1 || (saved_state() & 0x6) != 0x6 || !(b7 & bit_AVX2)) return false;
    if (isa == SK_ISA_AVX2) return true;
    const uint32_t leaf7 = bit_AVX512F | bit_AVX512DQ | bit_AVX512BW | bit_AVX512VL;
    if ((b7 & leaf7) != leaf7 || (saved_state() & 0xe6) != 0xe6) return false;
    return isa == SK_ISA_AVX512 || (c & bit_AVX512VNNI) != 0;
}
#elif defined(__aarch64__)
#if defined(__linux__)
#include <sys/auxv.h>
#endif

#define SK_NEON_ENTRY(NAME) .NAME = sk_neon_##NAME,
static const struct sk_kernels neon_kernels = {SK_EACH_KERNEL(SK_NEON_ENTRY)};
#define SK_DOTPROD_ENTRY(NAME) .NAME = sk_dotprod_##NAME,
static const struct sk_kernels dotprod_kernels = {
    SK_EACH_FLOAT_KERNEL(SK_NEON_ENTRY) SK_EACH_DOT_KERNEL(SK_DOTPROD_ENTRY)};

/// Whether the CPU has SDOT (FEAT_DotProd). Linux says so in bit 20 of AT_HWCAP; all of Apple's M series do.
static bool cpu_has_dotprod(void) {
#if defined(__linux__)
    return (getauxval(AT_HWCAP) >> 20 & 1) != 0;
#else
    return true;
#endif
}
#endif

const struct sk_kernels *sk_kernels_for(enum sk_isa isa) {
    switch (isa) {
    case SK_ISA_SCALAR: return &scalar_kernels;
#if defined(__x86_64__)
    case SK_ISA_AVX2: return cpu_has(isa) ? &avx2_kernels : NULL;
    case SK_ISA_AVX512: return cpu_has(isa) ? &avx512_kernels : NULL;
    case SK_ISA_AVX512VNNI: return cpu_has(isa) ? &avx512vnni_kernels : NULL;
#elif defined(__aarch64__)
    case SK_ISA_NEON: return &neon_kernels;
    case SK_ISA_DOTPROD: return cpu_has_dotprod() ? &dotprod_kernels : NULL;
#endif
    default: return NULL;
    }
}
