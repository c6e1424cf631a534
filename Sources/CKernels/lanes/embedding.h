/// The input of the first layer.

void SK_NAME(embed_f32)(
    const float *restrict row, const float *restrict position_row, size_t count, float *restrict y) {
    if (position_row == NULL) {
        memcpy(y, row, count * sizeof *y);
        return;
    }
    for (size_t i = 0; i < count; i += 16) {
        const size_t n = count - i;
        const lanes sum = lanes_add(lanes_load_up_to(row + i, n), lanes_load_up_to(position_row + i, n));
        lanes_store_up_to(y + i, n, sum);
    }
}
