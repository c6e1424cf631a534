#include "skein_checksum.h"

#include <pthread.h>
#include <stdbool.h>
#include <string.h>

#if defined(__x86_64__)
#include <nmmintrin.h>
#define HAS_INSTRUCTION 1
#define WITH_INSTRUCTION __attribute__((target("sse4.2")))
#define STEP_8(crc, word) ((uint32_t)_mm_crc32_u64(crc, word))
#define STEP_1(crc, byte) _mm_crc32_u8(crc, byte)
#elif defined(__aarch64__)
#include <sys/auxv.h>
#define HAS_INSTRUCTION 1
#define WITH_INSTRUCTION __attribute__((target("+crc")))
#define STEP_8(crc, word) __builtin_arm_crc32cd(crc, word)
#define STEP_1(crc, byte) __builtin_arm_crc32cb(crc, byte)
#endif

static uint32_t table[256];
static pthread_once_t table_is_filled = PTHREAD_ONCE_INIT;

/// table[b]: what a byte b does to a checksum; bits in reverse order, as the polynomial 0x82F63B78.
static void fill_table(void) {
    for (uint32_t byte = 0; byte < 256; byte++) {
        uint32_t value = byte;
        for (int bit = 0; bit < 8; bit++) value = (value & 1) != 0 ? (value >> 1) ^ 0x82F63B78u : value >> 1;
        table[byte] = value;
    }
}

uint32_t skein_crc32c(const uint8_t *bytes, size_t size) {
    pthread_once(&table_is_filled, fill_table);
    uint32_t crc = 0xFFFFFFFFu;
    for (size_t i = 0; i < size; i++) crc = table[(crc ^ bytes[i]) & 0xFF] ^ (crc >> 8);
    return ~crc;
}

void skein_crc32c_parts_plain(
    const uint8_t *bytes, size_t part_size, uint32_t checksums[SKEIN_CHECKSUM_PARTS]) {
    for (size_t part = 0; part < SKEIN_CHECKSUM_PARTS; part++) {
        checksums[part] = skein_crc32c(bytes + part * part_size, part_size);
    }
}

#ifdef HAS_INSTRUCTION

static bool has_instruction(void) {
#if defined(__x86_64__)
    return __builtin_cpu_supports("sse4.2");
#else
    return (getauxval(AT_HWCAP) & (1u << 7)) != 0; // HWCAP_CRC32
#endif
}

static inline uint64_t word_at(const uint8_t *bytes) {
    uint64_t word;
    memcpy(&word, bytes, sizeof word);
    return word;
}

WITH_INSTRUCTION static void parts_by_instruction(
    const uint8_t *bytes, size_t part_size, uint32_t checksums[SKEIN_CHECKSUM_PARTS]) {
    const uint8_t *first = bytes, *second = first + part_size, *third = second + part_size;
    const uint8_t *fourth = third + part_size;
    uint32_t a = 0xFFFFFFFFu, b = a, c = a, d = a;
    size_t i = 0;
    for (; i + 8 <= part_size; i += 8) {
        a = STEP_8(a, word_at(first + i));
        b = STEP_8(b, word_at(second + i));
        c = STEP_8(c, word_at(third + i));
        d = STEP_8(d, word_at(fourth + i));
    }
    for (; i < part_size; i++) {
        a = STEP_1(a, first[i]);
        b = STEP_1(b, second[i]);
        c = STEP_1(c, third[i]);
        d = STEP_1(d, fourth[i]);
    }
    checksums[0] = ~a;
    checksums[1] = ~b;
    checksums[2] = ~c;
    checksums[3] = ~d;
}

#endif

void skein_crc32c_parts(const uint8_t *bytes, size_t part_size, uint32_t checksums[SKEIN_CHECKSUM_PARTS]) {
#ifdef HAS_INSTRUCTION
    if (has_instruction()) {
        parts_by_instruction(bytes, part_size, checksums);
        return;
    }
#endif
    skein_crc32c_parts_plain(bytes, part_size, checksums);
}
