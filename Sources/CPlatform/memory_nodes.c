#define _GNU_SOURCE
#include "skein_process.h"

#include <errno.h>
#include <linux/mempolicy.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { BITS = 8 * sizeof(unsigned long) };

int skein_set_memory_nodes(const int *nodes, size_t node_count) {
    unsigned long mask[SKEIN_MEMORY_NODES_MAX / BITS];
    memset(mask, 0, sizeof mask);
    for (size_t i = 0; i < node_count; i++) {
        if (nodes[i] < 0 || nodes[i] >= SKEIN_MEMORY_NODES_MAX) return -EINVAL;
        mask[(size_t)nodes[i] / BITS] |= 1ul << ((size_t)nodes[i] % BITS);
    }
    const int mode = node_count == 0 ? MPOL_DEFAULT : node_count == 1 ? MPOL_PREFERRED : MPOL_INTERLEAVE;
    // The kernel takes the number of bits to be one more than there are.
    long result = node_count == 0 ? syscall(SYS_set_mempolicy, mode, NULL, 0ul)
                                  : syscall(SYS_set_mempolicy, mode, mask, SKEIN_MEMORY_NODES_MAX + 1ul);
    return result < 0 ? -errno : 0;
}

int skein_get_memory_nodes(int *nodes, size_t capacity) {
    unsigned long mask[SKEIN_MEMORY_NODES_MAX / BITS];
    memset(mask, 0, sizeof mask);
    int mode = 0;
    if (syscall(SYS_get_mempolicy, &mode, mask, SKEIN_MEMORY_NODES_MAX + 1ul, NULL, 0ul) < 0) return -errno;
    size_t count = 0;
    for (int node = 0; node < SKEIN_MEMORY_NODES_MAX && count < capacity; node++) {
        if ((mask[(size_t)node / BITS] >> ((size_t)node % BITS) & 1) != 0) nodes[count++] = node;
    }
    return (int)count;
}
