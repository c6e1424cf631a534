// What one thread has allocated, to the byte. This library takes the place of malloc and of mmap in the program that
// it is linked into: every allocation of every library in it is counted, and then made by the C library.
#ifndef SKEIN_HEAP_METER_H
#define SKEIN_HEAP_METER_H

#include <stdint.h>

// Begins counting from zero on the calling thread.
void skein_heap_meter_start(void);

// How many bytes this thread has taken and not given back since then: chunks with their headers, and whole mappings.
// Below zero where it gave back more than it took.
int64_t skein_heap_meter_live(void);

// The most that `skein_heap_meter_live` has been since then. What a reallocation moves counts twice in between.
int64_t skein_heap_meter_peak(void);

#endif
