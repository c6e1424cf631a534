#define _GNU_SOURCE
#include "skein_descriptors.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

enum { SKEIN_ROWS_A_CALL_MAX = 64 }; // rows that one system call moves; the rest follows in the next

union control_space {
    struct cmsghdr alignment;
    char bytes[CMSG_SPACE(SKEIN_DESCRIPTORS_A_MESSAGE_MAX * sizeof(int))];
};

ssize_t skein_send_message(
    int socket, const void *header, size_t header_size, const void *payload, size_t payload_size,
    const int *descriptors, size_t descriptor_count) {
    struct iovec parts[2] = {
        {.iov_base = (void *)header, .iov_len = header_size},
        {.iov_base = (void *)payload, .iov_len = payload_size},
    };
    struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};
    union control_space control;
    if (descriptor_count > SKEIN_DESCRIPTORS_A_MESSAGE_MAX) return -EMSGSIZE;
    if (descriptor_count > 0) {
        size_t size = descriptor_count * sizeof(int);
        memset(&control, 0, sizeof control);
        message.msg_control = control.bytes;
        message.msg_controllen = CMSG_SPACE(size);
        struct cmsghdr *part = CMSG_FIRSTHDR(&message);
        part->cmsg_level = SOL_SOCKET;
        part->cmsg_type = SCM_RIGHTS;
        part->cmsg_len = CMSG_LEN(size);
        memcpy(CMSG_DATA(part), descriptors, size);
    }
    ssize_t sent;
    do sent = sendmsg(socket, &message, MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    return sent < 0 ? -errno : sent;
}

ssize_t skein_receive_message(
    int socket, void *bytes, size_t size, int *descriptors, size_t descriptor_count_max,
    size_t *descriptor_count) {
    struct iovec part = {.iov_base = bytes, .iov_len = size};
    union control_space control;
    struct msghdr message = {
        .msg_iov = &part,
        .msg_iovlen = 1,
        .msg_control = control.bytes,
        .msg_controllen = sizeof control.bytes,
    };
    *descriptor_count = 0;
    ssize_t received;
    do received = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
    while (received < 0 && errno == EINTR);
    if (received < 0) return -errno;
    int refused = (message.msg_flags & MSG_CTRUNC) != 0;
    for (struct cmsghdr *part = CMSG_FIRSTHDR(&message); part != NULL; part = CMSG_NXTHDR(&message, part)) {
        if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS) continue;
        size_t count = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (size_t index = 0; index < count; index++) {
            int descriptor;
            memcpy(&descriptor, CMSG_DATA(part) + index * sizeof(int), sizeof(int));
            if (*descriptor_count < descriptor_count_max) {
                descriptors[(*descriptor_count)++] = descriptor;
            } else {
                refused = 1;
                close(descriptor);
            }
        }
    }
    if (!refused) return received;
    for (size_t index = 0; index < *descriptor_count; index++) close(descriptors[index]);
    *descriptor_count = 0;
    return -EMSGSIZE;
}

// Describes the message from `offset` on, at most SKEIN_ROWS_A_CALL_MAX rows of it. Returns the number of
// parts.
static size_t remaining_parts(
    struct iovec *parts, void *header, size_t header_size, struct skein_rows rows, size_t offset) {
    size_t count = 0;
    if (offset < header_size) {
        parts[count++] = (struct iovec){(uint8_t *)header + offset, header_size - offset};
        offset = header_size;
    }
    if (rows.row_size == 0) return count;
    if (rows.stride == rows.row_size) { // the rows touch: one long row
        rows.row_size *= rows.row_count;
        rows.row_count = rows.row_count > 0;
        if (rows.row_count == 0) return count;
    }
    offset -= header_size;
    size_t row = offset / rows.row_size, skipped = offset % rows.row_size;
    for (size_t taken = 0; row < rows.row_count && taken < SKEIN_ROWS_A_CALL_MAX; row++, taken++) {
        uint8_t *start = rows.base + row * rows.stride + skipped;
        parts[count++] = (struct iovec){start, rows.row_size - skipped};
        skipped = 0;
    }
    return count;
}

ssize_t skein_send_rows(
    int socket, const void *header, size_t header_size, struct skein_rows rows, size_t offset) {
    struct iovec parts[SKEIN_ROWS_A_CALL_MAX + 1];
    struct msghdr message = {.msg_iov = parts};
    message.msg_iovlen = remaining_parts(parts, (void *)header, header_size, rows, offset);
    ssize_t sent;
    do sent = sendmsg(socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    while (sent < 0 && errno == EINTR);
    return sent < 0 ? -errno : sent;
}

ssize_t skein_receive_rows(
    int socket, void *header, size_t header_size, struct skein_rows rows, size_t offset) {
    struct iovec parts[SKEIN_ROWS_A_CALL_MAX + 1];
    struct msghdr message = {.msg_iov = parts};
    message.msg_iovlen = remaining_parts(parts, header, header_size, rows, offset);
    ssize_t received;
    do received = recvmsg(socket, &message, MSG_DONTWAIT);
    while (received < 0 && errno == EINTR);
    return received < 0 ? -errno : received;
}
