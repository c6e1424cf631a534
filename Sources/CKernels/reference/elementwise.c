// Residuals, activations and the functions they are made of.
#include "../operations.h"
#include "functions.h"

#pragma STDC FP_CONTRACT OFF

void sk_scalar_add_f32(const float *addend, size_t count, float *sum) {
    for (size_t i = 0; i < count; i++) sum[i] = sum[i] + addend[i];
}

void sk_scalar_silu_mul_f32(const float *gate, const float *up, size_t count, float *y) {
    for (size_t i = 0; i < count; i++) y[i] = silu1(gate[i]) * up[i];
}

/// (0.5 x) * (1 + tanh(sqrt(2/pi) * fma(0.044715 x, x * x, x))).
static float gelu_tanh1(float x) {
    const float inner = 0x1.988454p-1f * fma1(0x1.6e4e26p-5f * x, x * x, x);
    return 0.5f * x * (1.0f + tanh1(inner));
}

void sk_scalar_gelu_tanh_mul_f32(const float *gate, const float *up, size_t count, float *y) {
    for (size_t i = 0; i < count; i++) y[i] = gelu_tanh1(gate[i]) * up[i];
}

void sk_scalar_scale_f32(const float *x, float factor, size_t count, float *y) {
    for (size_t i = 0; i < count; i++) y[i] = x[i] * factor;
}

void sk_scalar_add_scaled_f32(const float *x, float factor, size_t count, float *y) {
    for (size_t i = 0; i < count; i++) y[i] = fma1(x[i], factor, y[i]);
}

void sk_scalar_clamp_f32(const float *x, float limit, size_t count, float *y) {
    for (size_t i = 0; i < count; i++) y[i] = x[i] < -limit ? -limit : x[i] > limit ? limit : x[i];
}

void sk_scalar_soft_cap_f32(const float *x, float cap, size_t count, float *y) {
    for (size_t i = 0; i < count; i++) y[i] = tanh1(x[i] / cap) * cap;
}

void sk_scalar_sigmoid_f32(const float *x, size_t count, float *y) {
    for (size_t i = 0; i < count; i++) y[i] = 1.0f / (1.0f + exp1(-x[i]));
}

void sk_scalar_silu_f32(const float *x, size_t count, float *y) {
    for (size_t i = 0; i < count; i++) y[i] = silu1(x[i]);
}

void sk_scalar_gelu_tanh_f32(const float *x, size_t count, float *y) {
    for (size_t i = 0; i < count; i++) y[i] = gelu_tanh1(x[i]);
}

void sk_scalar_gelu_erf_f32(const float *x, size_t count, float *y) {
    for (size_t i = 0; i < count; i++) y[i] = 0.5f * x[i] * (1.0f + erf1(x[i] * 0x1.6a09e6p-1f));
}

void sk_scalar_relu_f32(const float *x, size_t count, float *y) {
    for (size_t i = 0; i < count; i++) y[i] = x[i] <= 0.0f ? 0.0f : x[i];
}

void sk_scalar_exp_f32(const float *x, float shift, size_t count, float *y) {
    for (size_t i = 0; i < count; i++) y[i] = exp1(x[i] - shift);
}

void sk_scalar_tanh_f32(const float *x, size_t count, float *y) {
    for (size_t i = 0; i < count; i++) y[i] = tanh1(x[i]);
}

void sk_scalar_erf_f32(const float *x, size_t count, float *y) {
    for (size_t i = 0; i < count; i++) y[i] = erf1(x[i]);
}
