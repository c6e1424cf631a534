/// f16 and bf16 as storage: exact to f32, rounded to nearest even from it.
#ifndef SKEIN_HALVES_H
#define SKEIN_HALVES_H

#include "functions.h"

/// Widens an f16 exactly; a signalling NaN becomes quiet, as in hardware.
static inline float f32_of_f16(uint16_t half) {
    const uint32_t sign = (uint32_t)(half & 0x8000) << 16;
    const uint32_t exponent = half >> 10 & 0x1f;
    const uint32_t fraction = half & 0x3ff;
    if (exponent == 0) {
        const float magnitude = (float)fraction * 0x1p-24f;
        return float_of(bits_of(magnitude) | sign);
    }
    if (exponent == 31) {
        return float_of(sign | 0x7f800000 | fraction << 13 | (fraction != 0 ? 0x00400000 : 0));
    }
    return float_of(sign | (exponent + 112) << 23 | fraction << 13);
}

/// The f16 nearest to x: infinity above 65519, subnormal below 2^-14; a NaN becomes the quiet one with its sign.
static inline uint16_t f16_of_f32(float x) {
    const uint32_t bits = bits_of(x), magnitude = bits & 0x7fffffff;
    const uint16_t sign = (uint16_t)(bits >> 16 & 0x8000);
    if (magnitude > 0x7f800000) return sign | 0x7e00;
    if (magnitude >= 0x477ff000) return sign | 0x7c00;
    if (magnitude < 0x38800000) {
        // Adding 0.5 leaves the multiple of 2^-24 that is nearest in the low bits.
        const float shifted = float_of(magnitude) + 0.5f;
        return sign | (uint16_t)(bits_of(shifted) - 0x3f000000);
    }
    const uint32_t rounded = magnitude + 0xfff + (magnitude >> 13 & 1);
    return sign | (uint16_t)((rounded - 0x38000000) >> 13);
}

/// The bf16 nearest to x; a NaN stays one.
static inline uint16_t bf16_of_f32(float x) {
    const uint32_t bits = bits_of(x);
    if ((bits & 0x7fffffff) > 0x7f800000) return (uint16_t)(bits >> 16 | 0x40);
    return (uint16_t)((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

#endif
