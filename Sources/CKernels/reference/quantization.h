/// Scales that quantization tries; see `quantize_tile` in skein_kernels.h.
#ifndef SKEIN_QUANTIZATION_H
#define SKEIN_QUANTIZATION_H

/// Adding this to a small f32 rounds it to an integer, to nearest even, which then stands in the low bits.
#define SK_ROUND_TO_INTEGER 0x1.8p23f

/// The clips that are tried: first, first - step, ...; fractions of the range that holds all weights. With 4 bits
/// and no zeros the range is -8 ... 7 and the largest weight is to become -8; a clip of 8/7 is -7 ... 7.
struct sk_clips {
    int count;
    float first, step;
};

static inline struct sk_clips sk_clips_of(const struct sk_quantization *quantization) {
    if (quantization->bits == 8) return (struct sk_clips){5, 1.0f, 0.01f};
    if (quantization->has_zeros) return (struct sk_clips){20, 1.0f, 0.02f};
    return (struct sk_clips){24, 1.15f, 0.02f};
}

#endif
