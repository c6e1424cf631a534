#ifndef SKEIN_ATOMICS_H
#define SKEIN_ATOMICS_H

#include <stddef.h>
#include <stdint.h>
#include <time.h>

// Atomics on words that several processes map. Swift's Synchronization owns its storage, so it cannot reach
// into a shared mapping; these inline functions can. Every pointer must be naturally aligned.

static inline uint32_t skein_load_relaxed_u32(const uint32_t *word) {
    return __atomic_load_n(word, __ATOMIC_RELAXED);
}
static inline uint32_t skein_load_acquire_u32(const uint32_t *word) {
    return __atomic_load_n(word, __ATOMIC_ACQUIRE);
}
static inline uint32_t skein_load_ordered_u32(const uint32_t *word) {
    return __atomic_load_n(word, __ATOMIC_SEQ_CST);
}
static inline void skein_store_relaxed_u32(uint32_t *word, uint32_t value) {
    __atomic_store_n(word, value, __ATOMIC_RELAXED);
}
static inline void skein_store_release_u32(uint32_t *word, uint32_t value) {
    __atomic_store_n(word, value, __ATOMIC_RELEASE);
}
static inline void skein_store_ordered_u32(uint32_t *word, uint32_t value) {
    __atomic_store_n(word, value, __ATOMIC_SEQ_CST);
}
// Both additions return the value before.
static inline uint32_t skein_add_ordered_u32(uint32_t *word, uint32_t value) {
    return __atomic_fetch_add(word, value, __ATOMIC_SEQ_CST);
}
static inline uint32_t skein_subtract_ordered_u32(uint32_t *word, uint32_t value) {
    return __atomic_fetch_sub(word, value, __ATOMIC_SEQ_CST);
}
static inline uint64_t skein_load_relaxed_u64(const uint64_t *word) {
    return __atomic_load_n(word, __ATOMIC_RELAXED);
}
static inline void skein_store_relaxed_u64(uint64_t *word, uint64_t value) {
    __atomic_store_n(word, value, __ATOMIC_RELAXED);
}
static inline void skein_add_relaxed_u64(uint64_t *word, uint64_t value) {
    (void)__atomic_fetch_add(word, value, __ATOMIC_RELAXED);
}

// Tells the core that this is a spin loop: the sibling hardware thread gets its share, and leaving costs no
// flush.
static inline void skein_spin_pause(void) {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ __volatile__("isb" ::: "memory");
#endif
}

// Nanoseconds of CLOCK_MONOTONIC: comparable between the processes of one machine.
static inline uint64_t skein_monotonic_nanoseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

// Sleeps while *word == expected, at most timeout_milliseconds. The futex is not PRIVATE: wakers are other
// processes. Returns when woken, when the word differs, on a signal or at the timeout; the caller looks at
// the word again.
void skein_futex_wait(const uint32_t *word, uint32_t expected, uint32_t timeout_milliseconds);
// Wakes every waiter of the word, in any process.
void skein_futex_wake_all(const uint32_t *word);

#endif
