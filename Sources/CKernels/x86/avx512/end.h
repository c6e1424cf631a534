/// Closes the region that begin.h opened.
#pragma clang attribute pop
