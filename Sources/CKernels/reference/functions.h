/// exp, tanh, erf and the lane sum of numerics.md rules 2 and 3, one number at a time: the definition of
/// their bits.
///
/// Polynomials are our own fits (Lawson's weighted least squares on 400 Chebyshev nodes, coefficients rounded
/// to f32 one by one with the rest fitted again). Errors against a f64 libm are tested.
#ifndef SKEIN_FUNCTIONS_H
#define SKEIN_FUNCTIONS_H

#include <stdint.h>
#include <string.h>

#pragma STDC FP_CONTRACT OFF

#define SK_INFINITY __builtin_inff()

static inline uint32_t bits_of(float x) {
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static inline float float_of(uint32_t bits) {
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/// a * b + c with one rounding.
static inline float fma1(float a, float b, float c) { return __builtin_fmaf(a, b, c); }

/// exp(x): x = n ln 2 + r, |r| <= ln 2 / 2; 1 + r + r^2 p(r); times 2^n in two factors, both normal numbers.
///
/// +0 below -80 (no subnormal results), +infinity above 88.73; NaN for NaN.
static inline float exp1(float x) {
    const float round_to_integer = 0x1.8p23f;
    const float y = x > 89.0f ? 89.0f : x;
    const float shifted = fma1(y, 0x1.715476p+0f, round_to_integer);
    const float n = shifted - round_to_integer;
    const float r = fma1(n, 0x1.05c610p-29f, fma1(n, -0x1.62e430p-1f, y));
    float p = 0x1.6a4960p-10f;
    p = fma1(p, r, 0x1.1239a0p-7f);
    p = fma1(p, r, 0x1.5558b4p-5f);
    p = fma1(p, r, 0x1.555492p-3f);
    p = fma1(p, r, 0x1.fffffcp-2f);
    p = fma1(p, r, 1.0f);
    p = fma1(p, r, 1.0f);
    // The integer n stands in the low bits of `shifted`; half of it goes into each factor.
    const uint32_t whole = bits_of(shifted) - bits_of(round_to_integer);
    const uint32_t half = (uint32_t)((int32_t)whole >> 1);
    const float e = p * float_of((half + 127) << 23) * float_of((whole - half + 127) << 23);
    return x < -80.0f ? 0.0f : e;
}

/// A magnitude with the sign of x.
static inline float with_sign(float magnitude, float x) {
    return float_of(bits_of(magnitude) | (bits_of(x) & 0x80000000));
}

/// x / (1 + exp(-x)).
static inline float silu1(float x) { return x / (1.0f + exp1(-x)); }

/// tanh(x): x + x^3 p(x^2) below 0.625, else 1 - 2 / (exp(2|x|) + 1) with x's sign.
static inline float tanh1(float x) {
    const float magnitude = float_of(bits_of(x) & 0x7fffffff);
    const float z = x * x;
    float p = 0x1.1595f2p-9f;
    p = fma1(p, z, -0x1.0b3a64p-7f);
    p = fma1(p, z, 0x1.63718ep-6f);
    p = fma1(p, z, -0x1.b9edc0p-5f);
    p = fma1(p, z, 0x1.11106ep-3f);
    p = fma1(p, z, -0x1.555554p-2f);
    const float small = fma1(p * z, magnitude, magnitude);
    const float large = 1.0f - 2.0f / (exp1(2.0f * magnitude) + 1.0f);
    return with_sign(magnitude < 0.625f ? small : large, x);
}

/// erf(x): x + x p(x^2) below 0.9275, else 1 - exp(-(t + t q(t))), t = |x|, with x's sign.
static inline float erf1(float x) {
    const float magnitude = float_of(bits_of(x) & 0x7fffffff);
    const float z = x * x;
    float p = -0x1.38741cp-11f;
    p = fma1(p, z, 0x1.46d9e2p-8f);
    p = fma1(p, z, -0x1.b67c04p-6f);
    p = fma1(p, z, 0x1.ce1986p-4f);
    p = fma1(p, z, -0x1.8126e2p-2f);
    p = fma1(p, z, 0x1.06eba6p-3f);
    const float small = fma1(p, magnitude, magnitude);
    const float t = magnitude > 4.0f ? 4.0f : magnitude;
    float q = 0x1.4b5ca4p-18f;
    q = fma1(q, t, -0x1.7e4f32p-15f);
    q = fma1(q, t, -0x1.a037bap-15f);
    q = fma1(q, t, 0x1.80124ap-9f);
    q = fma1(q, t, -0x1.737eaap-6f);
    q = fma1(q, t, 0x1.af2806p-4f);
    q = fma1(q, t, 0x1.4570acp-1f);
    q = fma1(q, t, 0x1.074624p-3f);
    const float large = 1.0f - exp1(-fma1(q, t, t));
    return with_sign(magnitude < 0.9275f ? small : large, x);
}

/// Adds 16 lanes by the fixed tree: j with j + 8, then j + 4, j + 2, j + 1.
static inline float lane_sum(const float lanes[16]) {
    float sums[8];
    for (int j = 0; j < 8; j++) sums[j] = lanes[j] + lanes[j + 8];
    for (int j = 0; j < 4; j++) sums[j] = sums[j] + sums[j + 4];
    for (int j = 0; j < 2; j++) sums[j] = sums[j] + sums[j + 2];
    return sums[0] + sums[1];
}

#endif
