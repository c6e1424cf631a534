#define _GNU_SOURCE
#include "skein_atomics.h"

#include <limits.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

void skein_futex_wait(const uint32_t *word, uint32_t expected, uint32_t timeout_milliseconds) {
    struct timespec timeout = {
        .tv_sec = timeout_milliseconds / 1000,
        .tv_nsec = (long)(timeout_milliseconds % 1000) * 1000000,
    };
    syscall(SYS_futex, word, FUTEX_WAIT, expected, &timeout, NULL, 0);
}

void skein_futex_wake_all(const uint32_t *word) {
    syscall(SYS_futex, word, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}
