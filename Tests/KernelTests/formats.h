/// The formats of quantized matrices and rows of activations to go with them.
#ifndef SKEIN_KERNEL_TESTS_FORMATS_H
#define SKEIN_KERNEL_TESTS_FORMATS_H

#include "check.h"

static const struct sk_quantization formats[] = {
    {8, false, 32}, {8, false, 64}, {8, false, 128}, {4, false, 32}, {4, false, 64},
    {4, false, 128}, {4, true, 32}, {4, true, 64},   {4, true, 128},
};

/// Room for quantized rows of a depth, for at least `row_count` of them, untouched.
static inline struct sk_quantized_rows rows_room(size_t row_count, size_t depth, size_t group) {
    const size_t groups = (depth + group - 1) / group, count = groups * row_count;
    return (struct sk_quantized_rows){
        room(count * group), room(count * sizeof(float)), room(count * sizeof(int32_t)), row_count};
}

#endif
