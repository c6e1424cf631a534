/// Residuals, activations and the functions they are made of, 16 elements at a time.
#include "functions.h"

void SK_NAME(add_f32)(const float *addend, size_t count, float *sum) {
    for (size_t i = 0; i < count; i += 16) {
        const size_t n = count - i;
        const lanes total = lanes_add(lanes_load_up_to(sum + i, n), lanes_load_up_to(addend + i, n));
        lanes_store_up_to(sum + i, n, total);
    }
}

void SK_NAME(silu_mul_f32)(const float *gate, const float *up, size_t count, float *y) {
    for (size_t i = 0; i < count; i += 16) {
        const size_t n = count - i;
        const lanes silu = lanes_silu(lanes_load_up_to(gate + i, n));
        lanes_store_up_to(y + i, n, lanes_multiply(silu, lanes_load_up_to(up + i, n)));
    }
}

void SK_NAME(silu_f32)(const float *x, size_t count, float *y) {
    for (size_t i = 0; i < count; i += 16) {
        lanes_store_up_to(y + i, count - i, lanes_silu(lanes_load_up_to(x + i, count - i)));
    }
}

/// (0.5 x) * (1 + t).
static inline lanes gelu_of(lanes x, lanes t) {
    return lanes_multiply(lanes_multiply(lanes_set(0.5f), x), lanes_add(lanes_set(1.0f), t));
}

static inline lanes gelu_tanh_of(lanes x) {
    const lanes cubic = lanes_fma(lanes_multiply(lanes_set(0x1.6e4e26p-5f), x), lanes_multiply(x, x), x);
    return gelu_of(x, lanes_tanh(lanes_multiply(lanes_set(0x1.988454p-1f), cubic)));
}

void SK_NAME(gelu_tanh_f32)(const float *x, size_t count, float *y) {
    for (size_t i = 0; i < count; i += 16) {
        lanes_store_up_to(y + i, count - i, gelu_tanh_of(lanes_load_up_to(x + i, count - i)));
    }
}

void SK_NAME(gelu_tanh_mul_f32)(const float *gate, const float *up, size_t count, float *y) {
    for (size_t i = 0; i < count; i += 16) {
        const size_t n = count - i;
        const lanes gelu = gelu_tanh_of(lanes_load_up_to(gate + i, n));
        lanes_store_up_to(y + i, n, lanes_multiply(gelu, lanes_load_up_to(up + i, n)));
    }
}

void SK_NAME(gelu_erf_f32)(const float *x, size_t count, float *y) {
    for (size_t i = 0; i < count; i += 16) {
        const lanes v = lanes_load_up_to(x + i, count - i);
        const lanes t = lanes_erf(lanes_multiply(v, lanes_set(0x1.6a09e6p-1f)));
        lanes_store_up_to(y + i, count - i, gelu_of(v, t));
    }
}

void SK_NAME(relu_f32)(const float *x, size_t count, float *y) {
    for (size_t i = 0; i < count; i += 16) {
        const lanes v = lanes_load_up_to(x + i, count - i);
        // maximum(0, v) is 0 > v ? 0 : v, which keeps -0 and NaN; adding +0 makes -0 into +0.
        const lanes kept = lanes_add(lanes_maximum(lanes_zero(), v), lanes_zero());
        lanes_store_up_to(y + i, count - i, kept);
    }
}

void SK_NAME(exp_f32)(const float *x, float shift, size_t count, float *y) {
    const lanes subtrahend = lanes_set(shift);
    for (size_t i = 0; i < count; i += 16) {
        const lanes v = lanes_subtract(lanes_load_up_to(x + i, count - i), subtrahend);
        lanes_store_up_to(y + i, count - i, lanes_exp(v));
    }
}

void SK_NAME(tanh_f32)(const float *x, size_t count, float *y) {
    for (size_t i = 0; i < count; i += 16) {
        lanes_store_up_to(y + i, count - i, lanes_tanh(lanes_load_up_to(x + i, count - i)));
    }
}

void SK_NAME(erf_f32)(const float *x, size_t count, float *y) {
    for (size_t i = 0; i < count; i += 16) {
        lanes_store_up_to(y + i, count - i, lanes_erf(lanes_load_up_to(x + i, count - i)));
    }
}

void SK_NAME(scale_f32)(const float *x, float factor, size_t count, float *y) {
    for (size_t i = 0; i < count; i += 16) {
        const lanes v = lanes_load_up_to(x + i, count - i);
        lanes_store_up_to(y + i, count - i, lanes_multiply(v, lanes_set(factor)));
    }
}

void SK_NAME(add_scaled_f32)(const float *x, float factor, size_t count, float *y) {
    for (size_t i = 0; i < count; i += 16) {
        const size_t n = count - i;
        const lanes v = lanes_load_up_to(x + i, n);
        lanes_store_up_to(y + i, n, lanes_fma(v, lanes_set(factor), lanes_load_up_to(y + i, n)));
    }
}

void SK_NAME(clamp_f32)(const float *x, float limit, size_t count, float *y) {
    for (size_t i = 0; i < count; i += 16) {
        // Both give their second argument where one is a NaN.
        const lanes v = lanes_maximum(lanes_set(-limit), lanes_load_up_to(x + i, count - i));
        lanes_store_up_to(y + i, count - i, lanes_minimum(lanes_set(limit), v));
    }
}

void SK_NAME(soft_cap_f32)(const float *x, float cap, size_t count, float *y) {
    for (size_t i = 0; i < count; i += 16) {
        lanes_store_up_to(y + i, count - i, lanes_soft_cap(lanes_load_up_to(x + i, count - i), lanes_set(cap)));
    }
}

void SK_NAME(sigmoid_f32)(const float *x, size_t count, float *y) {
    for (size_t i = 0; i < count; i += 16) {
        const lanes power = lanes_exp(lanes_negate(lanes_load_up_to(x + i, count - i)));
        const lanes one = lanes_set(1.0f);
        lanes_store_up_to(y + i, count - i, lanes_divide(one, lanes_add(one, power)));
    }
}
