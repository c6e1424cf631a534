#define _GNU_SOURCE
#include "skein_descriptors.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>

int skein_memfd_create(const char *name) {
    int descriptor = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
    return descriptor < 0 ? -errno : descriptor;
}

int skein_memfd_seal(int descriptor) {
    int seals = F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL;
    return fcntl(descriptor, F_ADD_SEALS, seals) < 0 ? -errno : 0;
}

int skein_memfd_seals(int descriptor) {
    int seals = fcntl(descriptor, F_GET_SEALS);
    return seals < 0 ? -errno : seals;
}

int skein_seal_write(void) { return F_SEAL_WRITE; }
int skein_seal_shrink(void) { return F_SEAL_SHRINK; }
int skein_seal_grow(void) { return F_SEAL_GROW; }
int skein_seal_seal(void) { return F_SEAL_SEAL; }
