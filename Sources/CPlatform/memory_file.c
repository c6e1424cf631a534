#define _GNU_SOURCE
#include "skein_descriptors.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>

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

int skein_try_lock(int descriptor) { return flock(descriptor, LOCK_EX | LOCK_NB) < 0 ? -errno : 0; }

int skein_reserve(int descriptor, int64_t size) {
    return fallocate(descriptor, 0, 0, size) < 0 ? -errno : 0;
}

int skein_touch(int descriptor) { return futimens(descriptor, NULL) < 0 ? -errno : 0; }
