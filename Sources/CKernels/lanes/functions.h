/// exp, tanh and erf of 16 lanes: step for step what reference/functions.h does with one number.

static inline lanes lanes_exp(lanes x) {
    const lanes round_to_integer = lanes_set(0x1.8p23f);
    const lanes y = lanes_minimum(lanes_set(89.0f), x);
    const lanes shifted = lanes_fma(y, lanes_set(0x1.715476p+0f), round_to_integer);
    const lanes n = lanes_subtract(shifted, round_to_integer);
    const lanes r = lanes_fma(n, lanes_set(0x1.05c610p-29f), lanes_fma(n, lanes_set(-0x1.62e430p-1f), y));
    lanes p = lanes_set(0x1.6a4960p-10f);
    p = lanes_fma(p, r, lanes_set(0x1.1239a0p-7f));
    p = lanes_fma(p, r, lanes_set(0x1.5558b4p-5f));
    p = lanes_fma(p, r, lanes_set(0x1.555492p-3f));
    p = lanes_fma(p, r, lanes_set(0x1.fffffcp-2f));
    p = lanes_fma(p, r, lanes_set(1.0f));
    p = lanes_fma(p, r, lanes_set(1.0f));
    lanes first, second;
    lanes_powers(shifted, &first, &second);
    const lanes e = lanes_multiply(lanes_multiply(p, first), second);
    return lanes_select(lanes_less(x, lanes_set(-80.0f)), lanes_zero(), e);
}

static inline lanes lanes_negate(lanes x) { return lanes_xor(x, lanes_set(-0.0f)); }

static inline lanes lanes_silu(lanes x) {
    return lanes_divide(x, lanes_add(lanes_set(1.0f), lanes_exp(lanes_negate(x))));
}

static inline lanes lanes_tanh(lanes x) {
    const lanes magnitude = lanes_magnitude(x);
    const lanes z = lanes_multiply(x, x);
    lanes p = lanes_set(0x1.1595f2p-9f);
    p = lanes_fma(p, z, lanes_set(-0x1.0b3a64p-7f));
    p = lanes_fma(p, z, lanes_set(0x1.63718ep-6f));
    p = lanes_fma(p, z, lanes_set(-0x1.b9edc0p-5f));
    p = lanes_fma(p, z, lanes_set(0x1.11106ep-3f));
    p = lanes_fma(p, z, lanes_set(-0x1.555554p-2f));
    const lanes small = lanes_fma(lanes_multiply(p, z), magnitude, magnitude);
    const lanes one = lanes_set(1.0f), two = lanes_set(2.0f);
    const lanes power = lanes_exp(lanes_multiply(two, magnitude));
    const lanes large = lanes_subtract(one, lanes_divide(two, lanes_add(power, one)));
    return lanes_with_sign(lanes_select(lanes_less(magnitude, lanes_set(0.625f)), small, large), x);
}

/// tanh(x / cap) * cap.
static inline lanes lanes_soft_cap(lanes x, lanes cap) {
    return lanes_multiply(lanes_tanh(lanes_divide(x, cap)), cap);
}

static inline lanes lanes_erf(lanes x) {
    const lanes magnitude = lanes_magnitude(x);
    const lanes z = lanes_multiply(x, x);
    lanes p = lanes_set(-0x1.38741cp-11f);
    p = lanes_fma(p, z, lanes_set(0x1.46d9e2p-8f));
    p = lanes_fma(p, z, lanes_set(-0x1.b67c04p-6f));
    p = lanes_fma(p, z, lanes_set(0x1.ce1986p-4f));
    p = lanes_fma(p, z, lanes_set(-0x1.8126e2p-2f));
    p = lanes_fma(p, z, lanes_set(0x1.06eba6p-3f));
    const lanes small = lanes_fma(p, magnitude, magnitude);
    const lanes t = lanes_minimum(lanes_set(4.0f), magnitude);
    lanes q = lanes_set(0x1.4b5ca4p-18f);
    q = lanes_fma(q, t, lanes_set(-0x1.7e4f32p-15f));
    q = lanes_fma(q, t, lanes_set(-0x1.a037bap-15f));
    q = lanes_fma(q, t, lanes_set(0x1.80124ap-9f));
    q = lanes_fma(q, t, lanes_set(-0x1.737eaap-6f));
    q = lanes_fma(q, t, lanes_set(0x1.af2806p-4f));
    q = lanes_fma(q, t, lanes_set(0x1.4570acp-1f));
    q = lanes_fma(q, t, lanes_set(0x1.074624p-3f));
    const lanes rest = lanes_exp(lanes_negate(lanes_fma(q, t, t)));
    const lanes large = lanes_subtract(lanes_set(1.0f), rest);
    return lanes_with_sign(lanes_select(lanes_less(magnitude, lanes_set(0.9275f)), small, large), x);
}
