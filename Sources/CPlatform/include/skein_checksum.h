#ifndef SKEIN_CHECKSUM_H
#define SKEIN_CHECKSUM_H

#include <stddef.h>
#include <stdint.h>

// CRC-32C (Castagnoli; RFC 3720, appendix B.4), by the processor's own instruction where there is one.

enum { SKEIN_CHECKSUM_PARTS = 4 };

// The checksums of four parts of part_size bytes that follow each other. They are computed side by side: the
// instruction takes several cycles, and a single chain would wait for each.
void skein_crc32c_parts(const uint8_t *bytes, size_t part_size, uint32_t checksums[SKEIN_CHECKSUM_PARTS]);
// The same without the instruction, by a table.
void skein_crc32c_parts_plain(const uint8_t *bytes, size_t part_size, uint32_t checksums[SKEIN_CHECKSUM_PARTS]);

// The checksum of all bytes, by the table.
uint32_t skein_crc32c(const uint8_t *bytes, size_t size);

#endif
