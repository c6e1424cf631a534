/// The k best logits by (logit descending, id ascending): a threshold that only rises, and a pool that is cut
/// to its k best whenever it is full.

/// Entries of the pool.
#define POOL_COUNT (4 * SK_CANDIDATES_MAX)

/// An integer whose order is (value ascending, index descending); -0 counts as +0.
static inline uint64_t order_key(float value, size_t index) {
    const float x = value + 0.0f;
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    const uint32_t ordered = bits ^ (bits >> 31 != 0 ? 0xffffffff : 0x80000000);
    return (uint64_t)ordered << 32 | (uint32_t)~index;
}

static inline size_t index_of(uint64_t key) { return (uint32_t)~key; }

/// Moves the k largest of `count` distinct keys to the front, in no order (Hoare's selection).
static inline void select_largest(uint64_t *keys, size_t count, size_t k) {
    size_t low = 0, high = count;
    while (high - low > 1) {
        const uint64_t a = keys[low], b = keys[low + (high - low) / 2], c = keys[high - 1];
        const uint64_t larger = a > b ? a : b, smaller = a > b ? b : a;
        const uint64_t pivot = c > larger ? larger : c < smaller ? smaller : c;
        size_t i = low, j = high - 1;
        for (;;) {
            while (keys[i] > pivot) i++;
            while (keys[j] < pivot) j--;
            if (i >= j) break;
            const uint64_t swapped = keys[i];
            keys[i++] = keys[j];
            keys[j--] = swapped;
        }
        // low ..< split are at least the pivot, the rest at most; both sides are smaller than the whole.
        const size_t split = i > j + 1 ? i : j + 1;
        if (k <= j + 1 && j + 1 < high) {
            high = j + 1;
        } else if (k >= split && split > low) {
            low = split;
        } else {
            return;
        }
    }
}

/// Sorts descending (Shell's sort).
static inline void sort_descending(uint64_t *keys, size_t count) {
    static const size_t gaps[] = {301, 132, 57, 23, 10, 4, 1};
    for (size_t g = 0; g < sizeof gaps / sizeof *gaps; g++) {
        for (size_t i = gaps[g]; i < count; i++) {
            const uint64_t key = keys[i];
            size_t j = i;
            for (; j >= gaps[g] && keys[j - gaps[g]] < key; j -= gaps[g]) keys[j] = keys[j - gaps[g]];
            keys[j] = key;
        }
    }
}

/// The pool's k best at its front; gives the smallest value among them, which a newcomer must exceed.
static inline float cut_pool(uint64_t *pool, size_t count, size_t k, const float *logits) {
    select_largest(pool, count, k);
    uint64_t least = pool[0];
    for (size_t i = 1; i < k; i++) least = pool[i] < least ? pool[i] : least;
    return logits[index_of(least)];
}

size_t SK_NAME(top_candidates_f32)(
    const float *restrict logits, size_t count, int32_t first_id, size_t k, int32_t *restrict ids,
    float *restrict values) {
    if (k > count) k = count;
    if (k == 0) return 0;
    uint64_t pool[POOL_COUNT + 16];
    const size_t limit = 4 * k < 64 ? 64 : 4 * k;
    size_t size = 0;
    for (; size < k; size++) pool[size] = order_key(logits[size], size);
    lanes threshold = lanes_set(cut_pool(pool, size, k, logits));
    for (size_t i = k; i < count; i += 16) {
        const size_t n = count - i < 16 ? count - i : 16;
        uint32_t better = lanes_bits(lanes_less(threshold, lanes_load_up_to(logits + i, n)));
        better &= (1u << n) - 1;
        // An equal value does not enter: its id is larger than those of k values that are at least as large.
        for (; better != 0; better &= better - 1) {
            const size_t index = i + (size_t)__builtin_ctz(better);
            pool[size++] = order_key(logits[index], index);
        }
        if (size >= limit) {
            threshold = lanes_set(cut_pool(pool, size, k, logits));
            size = k;
        }
    }
    select_largest(pool, size, k);
    sort_descending(pool, k);
    for (size_t i = 0; i < k; i++) {
        ids[i] = first_id + (int32_t)index_of(pool[i]);
        values[i] = logits[index_of(pool[i])];
    }
    return k;
}
