/// Choosing experts, which compares and never rounds: the same for all sets.
#ifndef SKEIN_EXPERTS_H
#define SKEIN_EXPERTS_H

#include "include/skein_kernels.h"

/// Writes the ids of the k largest of `count` probabilities ascending; among equals the lower ids are chosen. Either
/// all are NaN or none is.
static inline void sk_pick_experts(const float *p, size_t count, size_t k, int32_t *ids) {
    bool is_chosen[SK_EXPERTS_MAX] = {false};
    for (size_t pick = 0; pick < k; pick++) {
        size_t best = count;
        for (size_t id = 0; id < count; id++) {
            if (!is_chosen[id] && (best == count || p[id] > p[best])) best = id;
        }
        is_chosen[best] = true;
    }
    for (size_t id = 0; id < count; id++) {
        if (is_chosen[id]) *ids++ = (int32_t)id;
    }
}

#endif
