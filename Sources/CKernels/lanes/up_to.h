/// The last lanes of a row: as lanes_load and lanes_store, for rows that may end before the 16th lane.

/// As many of the n elements at p as there are lanes, +0 in the others.
static inline lanes lanes_load_up_to(const float *p, size_t n) {
    return n >= 16 ? lanes_load(p) : lanes_load_first(p, n);
}

/// Stores as many of the n elements at p as there are lanes.
static inline void lanes_store_up_to(float *p, size_t n, lanes x) {
    if (n >= 16) {
        lanes_store(p, x);
    } else {
        lanes_store_first(p, n, x);
    }
}
