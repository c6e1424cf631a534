/// Rotary positions in the rotate-half layout, 16 pairs at a time: two products, each rounded, then one sum.

void SK_NAME(rope_f32)(
    float *restrict x, size_t head_stride, size_t head_count, size_t rotary_dim, const float *restrict cosine,
    const float *restrict sine) {
    const size_t half = rotary_dim / 2;
    for (size_t head = 0; head < head_count; head++, x += head_stride) {
        for (size_t i = 0; i < half; i += 16) {
            const size_t n = half - i;
            const lanes first = lanes_load_up_to(x + i, n), second = lanes_load_up_to(x + half + i, n);
            const lanes c = lanes_load_up_to(cosine + i, n), s = lanes_load_up_to(sine + i, n);
            // first * c + -second * s, and a + -b is a - b in every bit.
            const lanes low = lanes_subtract(lanes_multiply(first, c), lanes_multiply(second, s));
            const lanes high = lanes_add(lanes_multiply(second, c), lanes_multiply(first, s));
            lanes_store_up_to(x + i, n, low);
            lanes_store_up_to(x + half + i, n, high);
        }
    }
}
