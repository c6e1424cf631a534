// The natural logarithm in f64, for log-probabilities.
#include "../operations.h"

#include <string.h>

#pragma STDC FP_CONTRACT OFF

/// log(x) = e ln 2 + log(1 + f), 1 + f in [sqrt(1/2), sqrt 2); log(1 + f) = 2 atanh(s), s = f / (2 + f).
double sk_log_f64(double x) {
    if (!(x > 0)) return x == 0 ? -__builtin_inf() : __builtin_nan("");
    if (x == __builtin_inf()) return x;
    int64_t exponent = 0;
    if (x < 0x1p-1022) {
        x *= 0x1p54;
        exponent = -54;
    }
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    // The offset makes the fraction wrap at sqrt(1/2), so that it lies in [sqrt(1/2), sqrt 2).
    const uint64_t root_half = 0x3fe6a09e667f3bcd;
    const int64_t shift = (int64_t)(bits - root_half) >> 52;
    exponent += shift;
    bits -= (uint64_t)shift << 52;
    double m;
    memcpy(&m, &bits, sizeof m);
    const double f = m - 1;
    const double d = 2 + f;
    const double s = f / d;
    // What s and d lost to rounding, to first order.
    const double lost = __builtin_fma(-s, d, f) - s * (f - (d - 2));
    const double s_low = lost / d;
    const double z = s * s;
    double p = 2.0 / 23;
    for (int n = 21; n >= 3; n -= 2) p = __builtin_fma(p, z, 2.0 / n);
    const double e = (double)exponent;
    const double low = __builtin_fma(s * z, p, 2 * s_low) + e * 0x1.ef35793c76730p-45;
    const double high = e * 0x1.62e42fefa3800p-1;
    // high + 2s exactly as sum and remainder: |high| > |2s| or high is 0.
    const double sum = high + 2 * s;
    const double rest = high == 0 ? 0 : 2 * s - (sum - high);
    return sum + (rest + low);
}
