/// What the machine can do: bytes read and fused multiply-adds.

/// Streams that the read probe reads side by side: fewer leave memory idle, more disturb each other.
#define PROBE_STREAMS 4

uint32_t SK_NAME(read_probe)(const void *restrict bytes, size_t byte_count) {
    const float *words = bytes;
    const size_t stream = byte_count / sizeof *words / PROBE_STREAMS;
    lanes sums[PROBE_STREAMS];
    for (int s = 0; s < PROBE_STREAMS; s++) sums[s] = lanes_zero();
    for (size_t i = 0; i + 16 <= stream; i += 16) {
#pragma clang loop unroll(full)
        for (int s = 0; s < PROBE_STREAMS; s++) {
            const float *p = words + (size_t)s * stream + i;
            sums[s] = lanes_xor(sums[s], lanes_load(p));
        }
    }
    for (int s = 1; s < PROBE_STREAMS; s++) sums[0] = lanes_xor(sums[0], sums[s]);
    uint32_t parts[16], sum = 0;
    memcpy(parts, &sums[0], sizeof parts);
    for (int j = 0; j < 16; j++) sum ^= parts[j];
    return sum;
}

float SK_NAME(fma_probe)(size_t rounds) {
    lanes chains[SK_PROBE_CHAINS];
    for (int c = 0; c < SK_PROBE_CHAINS; c++) chains[c] = lanes_set((float)c);
    const lanes half = lanes_set(0.5f), one = lanes_set(1.0f);
    for (size_t step = 0; step < rounds * (96 / SK_PROBE_CHAINS); step++) {
#pragma clang loop unroll(full)
        for (int c = 0; c < SK_PROBE_CHAINS; c++) chains[c] = lanes_fma(chains[c], half, one);
    }
    for (int c = 1; c < SK_PROBE_CHAINS; c++) chains[0] = lanes_add(chains[0], chains[c]);
    return lanes_sum(chains[0]);
}
