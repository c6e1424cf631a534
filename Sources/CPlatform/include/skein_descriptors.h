#ifndef SKEIN_DESCRIPTORS_H
#define SKEIN_DESCRIPTORS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

// System calls on descriptors that Swift cannot make itself: variadic ones, those whose arguments are macros,
// and messages with descriptors in them. Each returns -errno on failure and restarts after a signal.

enum {
    SKEIN_DESCRIPTORS_A_MESSAGE_MAX = 20, // descriptors that one message may carry: a builder among 16 ranks gets 17
};

int skein_memfd_create(const char *name);
// Adds WRITE, SHRINK, GROW and SEAL; -EBUSY while a writable mapping lives.
int skein_memfd_seal(int descriptor);
// The F_SEAL_* bits; the four below tell which are which.
int skein_memfd_seals(int descriptor);
int skein_seal_write(void);
int skein_seal_shrink(void);
int skein_seal_grow(void);
int skein_seal_seal(void);

// Takes the file's lock for this descriptor and its duplicates if nobody has it; -EWOULDBLOCK if somebody has.
int skein_try_lock(int descriptor);
// Reserves the disk's blocks for the first `size` bytes; -EOPNOTSUPP where the file system cannot.
int skein_reserve(int descriptor, int64_t size);
// Sets both of the file's times to now.
int skein_touch(int descriptor);

// A close-on-exec pipe whose reading end does not block.
int skein_pipe(int *reading, int *writing);

// A non-blocking counter that is readable between a signal and the next clear.
int skein_eventfd(void);
void skein_eventfd_signal(int descriptor);
void skein_eventfd_clear(int descriptor);

// Sends header then payload in one message with the descriptors. Returns the bytes taken (header included),
// which may be fewer; the descriptors have then gone out, too, since they ride with the first byte.
ssize_t skein_send_message(
    int socket, const void *header, size_t header_size, const void *payload, size_t payload_size,
    const int *descriptors, size_t descriptor_count);
// Receives up to size bytes and the descriptors that ride with them, close-on-exec. *descriptor_count is
// their number. -EMSGSIZE: more descriptors came than fit; those that did were closed.
ssize_t skein_receive_message(
    int socket, void *bytes, size_t size, int *descriptors, size_t descriptor_count_max,
    size_t *descriptor_count);

// Rows of a matrix inside a longer row: row r's bytes begin at base + r * stride.
struct skein_rows {
    uint8_t *base;
    size_t stride;
    size_t row_size;
    size_t row_count;
};
// One attempt, without blocking, to move what follows `offset` in the message (header, rows one after
// another). Returns the bytes moved; -EAGAIN when the socket is full or empty; receive returns 0 at end of
// file.
ssize_t skein_send_rows(
    int socket, const void *header, size_t header_size, struct skein_rows rows, size_t offset);
ssize_t skein_receive_rows(
    int socket, void *header, size_t header_size, struct skein_rows rows, size_t offset);

#endif
