/// RMSNorm and LayerNorm, 16 elements at a time; lanes past the end add +0, which changes no sum.

static inline float inverse_root(float x) { return 1.0f / square_root(x); }

void SK_NAME(rms_norm_f32)(
    const float *x, size_t x_stride, size_t row_count, size_t count, const float *restrict weight, float eps,
    float *y, size_t y_stride) {
    for (size_t m = 0; m < row_count; m++, x += x_stride, y += y_stride) {
        lanes squares = lanes_zero();
        for (size_t i = 0; i < count; i += 16) {
            const lanes v = lanes_load_up_to(x + i, count - i);
            squares = lanes_fma(v, v, squares);
        }
        const lanes scale = lanes_set(inverse_root(lanes_sum(squares) / (float)count + eps));
        for (size_t i = 0; i < count; i += 16) {
            const size_t n = count - i;
            const lanes v = lanes_multiply(lanes_load_up_to(x + i, n), scale);
            lanes_store_up_to(y + i, n, lanes_multiply(lanes_load_up_to(weight + i, n), v));
        }
    }
}

/// Sum of the squared distances from the mean, by lanes.
static inline float squared_distances(const float *x, size_t count, lanes mean) {
    lanes squares = lanes_zero();
    size_t i = 0;
    for (; i + 16 <= count; i += 16) {
        const lanes d = lanes_subtract(lanes_load(x + i), mean);
        squares = lanes_fma(d, d, squares);
    }
    if (i < count) {
        const lanes d = lanes_subtract(lanes_load_first(x + i, count - i), mean);
        const lanes kept = lanes_select(lanes_first(count - i), d, lanes_zero());
        squares = lanes_fma(kept, kept, squares);
    }
    return lanes_sum(squares);
}

void SK_NAME(layer_norm_f32)(
    const float *x, size_t x_stride, size_t row_count, size_t count, const float *restrict weight,
    const float *restrict bias, float eps, float *y, size_t y_stride) {
    for (size_t m = 0; m < row_count; m++, x += x_stride, y += y_stride) {
        lanes sums = lanes_zero();
        for (size_t i = 0; i < count; i += 16) sums = lanes_add(sums, lanes_load_up_to(x + i, count - i));
        const lanes mean = lanes_set(lanes_sum(sums) / (float)count);
        const float variance = squared_distances(x, count, mean) / (float)count;
        const lanes scale = lanes_set(inverse_root(variance + eps));
        for (size_t i = 0; i < count; i += 16) {
            const size_t n = count - i;
            const lanes d = lanes_multiply(lanes_subtract(lanes_load_up_to(x + i, n), mean), scale);
            const lanes w = lanes_load_up_to(weight + i, n);
            const lanes b = bias != NULL ? lanes_load_up_to(bias + i, n) : lanes_zero();
            lanes_store_up_to(y + i, n, lanes_fma(d, w, b));
        }
    }
}
