// The yardsticks: what the read probe reads; the others' values mean nothing, but they must come to an end.
#include "check.h"

#include <math.h>
#include <string.h>

void test_probes(const struct sets *sets) {
    for (size_t pages = 0; pages < 5; pages++) {
        const size_t byte_count = pages * 4096;
        begin_case("read_probe", "%zu bytes", byte_count);
        unsigned char *bytes = room(byte_count);
        for (size_t i = 0; i < byte_count; i++) bytes[i] = (unsigned char)any_bits();
        check_count("sum", sets->plain->read_probe(bytes, byte_count), sets->tested->read_probe(bytes, byte_count));
        end_case();
    }
    begin_case("fma_probe", "3 rounds");
    check_count("finiteness", 1, isfinite(sets->tested->fma_probe(3)) != 0);
    for (uint32_t bits = 4; bits <= 8; bits += 4) {
        begin_case("dot_probe", "the same rounds of %u bits twice", bits);
        const int32_t value = sets->tested->dot_probe(3, bits);
        check_count("value", (uint32_t)value, (uint32_t)sets->tested->dot_probe(3, bits));
    }
}
