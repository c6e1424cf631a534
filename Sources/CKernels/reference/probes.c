// What the machine can do without vector code.
#include "../operations.h"
#include "functions.h"

#pragma STDC FP_CONTRACT OFF

uint32_t sk_scalar_read_probe(const void *restrict bytes, size_t byte_count) {
    const uint32_t *words = bytes;
    uint32_t sum = 0;
    for (size_t i = 0; i < byte_count / sizeof *words; i++) sum ^= words[i];
    return sum;
}

float sk_scalar_fma_probe(size_t rounds) {
    float lanes[16] = {0};
    for (size_t round = 0; round < rounds * 96; round++) {
        for (size_t j = 0; j < 16; j++) lanes[j] = fma1(lanes[j], 0.5f, 1.0f);
    }
    return lane_sum(lanes);
}

int32_t sk_scalar_dot_probe(size_t rounds, uint32_t bits) {
    int32_t sums[16] = {0};
    for (size_t step = 0; step < rounds * (SK_DOT_PROBE_PRODUCTS / 16); step++) {
        for (size_t j = 0; j < 16; j++) sums[j] += (int32_t)(step & 255) * (int32_t)(j & ((1u << (bits - 1)) - 1));
    }
    int32_t sum = 0;
    for (size_t j = 0; j < 16; j++) sum ^= sums[j];
    return sum;
}
