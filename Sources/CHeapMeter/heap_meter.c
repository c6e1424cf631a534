#define _GNU_SOURCE
#include "heap_meter.h"

#include <errno.h>
#include <malloc.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

// The C library's own functions, under the names it has for libraries like this one.
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *chunk, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);
extern void __libc_free(void *chunk);

// Needs no allocation itself: it is part of the program's own thread-local block.
static _Thread_local int64_t live __attribute__((tls_model("initial-exec")));
static _Thread_local int64_t peak __attribute__((tls_model("initial-exec")));

void skein_heap_meter_start(void) { live = peak = 0; }
int64_t skein_heap_meter_live(void) { return live; }
int64_t skein_heap_meter_peak(void) { return peak; }

static void take(int64_t byte_count) {
    live += byte_count;
    if (live > peak) peak = live;
}

// A chunk's header has eight bytes before those that can be used.
static int64_t chunk_byte_count(void *chunk) { return chunk ? (int64_t)malloc_usable_size(chunk) + 8 : 0; }

static void *taken(void *chunk) {
    take(chunk_byte_count(chunk));
    return chunk;
}

// MARK: - malloc

void *malloc(size_t size) { return taken(__libc_malloc(size)); }

void *calloc(size_t count, size_t size) { return taken(__libc_calloc(count, size)); }

void free(void *chunk) {
    live -= chunk_byte_count(chunk);
    __libc_free(chunk);
}

void *realloc(void *old, size_t size) {
    int64_t old_byte_count = chunk_byte_count(old);
    void *chunk = __libc_realloc(old, size);
    if (chunk || size == 0) {
        // The copy is there before the original goes.
        take(chunk_byte_count(chunk));
        live -= old_byte_count;
    }
    return chunk;
}

void *reallocarray(void *old, size_t count, size_t size) {
    size_t byte_count;
    if (__builtin_mul_overflow(count, size, &byte_count)) {
        errno = ENOMEM;
        return NULL;
    }
    return realloc(old, byte_count);
}

void *memalign(size_t alignment, size_t size) { return taken(__libc_memalign(alignment, size)); }

void *aligned_alloc(size_t alignment, size_t size) { return memalign(alignment, size); }

int posix_memalign(void **chunk, size_t alignment, size_t size) {
    if (alignment % sizeof(void *) != 0 || (alignment & (alignment - 1)) != 0 || alignment == 0) return EINVAL;
    void *result = memalign(alignment, size);
    if (!result) return ENOMEM;
    *chunk = result;
    return 0;
}

void *valloc(size_t size) { return memalign((size_t)sysconf(_SC_PAGESIZE), size); }

void *pvalloc(size_t size) {
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    return memalign(page, (size + page - 1) / page * page);
}

// MARK: - mmap, which the C library's own malloc calls by another name

static int64_t mapping_byte_count(size_t length) {
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    return (int64_t)((length + page - 1) / page * page);
}

void *mmap(void *address, size_t length, int protection, int flags, int descriptor, off_t offset) {
    void *mapping = (void *)syscall(SYS_mmap, address, length, protection, flags, descriptor, offset);
    if (mapping != MAP_FAILED) take(mapping_byte_count(length));
    return mapping;
}

void *mmap64(void *address, size_t length, int protection, int flags, int descriptor, off_t offset) {
    return mmap(address, length, protection, flags, descriptor, offset);
}

int munmap(void *address, size_t length) {
    int result = (int)syscall(SYS_munmap, address, length);
    if (result == 0) live -= mapping_byte_count(length);
    return result;
}

void *mremap(void *address, size_t old_length, size_t new_length, int flags, ...) {
    va_list arguments;
    va_start(arguments, flags);
    void *wanted = flags & MREMAP_FIXED ? va_arg(arguments, void *) : NULL;
    va_end(arguments);
    void *mapping = (void *)syscall(SYS_mremap, address, old_length, new_length, flags, wanted);
    if (mapping != MAP_FAILED) {
        live -= mapping_byte_count(old_length);
        take(mapping_byte_count(new_length));
    }
    return mapping;
}
