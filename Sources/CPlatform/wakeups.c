#define _GNU_SOURCE
#include "skein_descriptors.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/eventfd.h>
#include <unistd.h>

int skein_pipe(int *reading, int *writing) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0) return -errno;
    if (fcntl(ends[0], F_SETFL, O_NONBLOCK) < 0) {
        int error = errno;
        close(ends[0]);
        close(ends[1]);
        return -error;
    }
    *reading = ends[0];
    *writing = ends[1];
    return 0;
}

int skein_eventfd(void) {
    int descriptor = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    return descriptor < 0 ? -errno : descriptor;
}

void skein_eventfd_signal(int descriptor) {
    // The only failure is a counter at its maximum: readable all the same.
    (void)eventfd_write(descriptor, 1);
}

void skein_eventfd_clear(int descriptor) {
    // The only failure is that nothing was signalled: just as clear.
    eventfd_t count;
    (void)eventfd_read(descriptor, &count);
}
