/// What all linear layers have in common: row counts as constants, and sixteen outputs of a row whose range of outputs
/// may begin and end anywhere.

/// X(n) for every row count that a block can have.
#define SK_EACH_ROW_COUNT(X) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8) X(9) X(10) X(11) X(12)

/// The elements of 16 outputs from `output` on, out of a vector p that holds begin ..< end; +0 for the
/// others.
static __attribute__((noinline)) void copy_outputs(
    const float *p, size_t begin, size_t end, size_t output, float *copy) {
    const size_t first = output > begin ? output : begin, last = output + 16 < end ? output + 16 : end;
    memset(copy, 0, 16 * sizeof *copy);
    if (first < last) memcpy(copy + (first - output), p + (first - begin), (last - first) * sizeof *p);
}

/// The way back, for the outputs that lie in begin ..< end.
static __attribute__((noinline)) void copy_outputs_back(
    float *p, size_t begin, size_t end, size_t output, const float *copy) {
    const size_t first = output > begin ? output : begin, last = output + 16 < end ? output + 16 : end;
    if (first < last) memcpy(p + (first - begin), copy + (first - output), (last - first) * sizeof *p);
}

/// Sixteen outputs from `output` on, out of a vector p that holds begin ..< end; +0 for the others.
static inline lanes load_outputs(const float *p, size_t begin, size_t end, size_t output) {
    if (output >= begin && output + 16 <= end) return lanes_load(p + (output - begin));
    float copy[16];
    copy_outputs(p, begin, end, output, copy);
    return lanes_load(copy);
}

/// Stores the lanes that lie in begin ..< end.
static inline void store_outputs(float *p, size_t begin, size_t end, size_t output, lanes x) {
    if (output >= begin && output + 16 <= end) {
        lanes_store(p + (output - begin), x);
        return;
    }
    float copy[16];
    lanes_store(copy, x);
    copy_outputs_back(p, begin, end, output, copy);
}
