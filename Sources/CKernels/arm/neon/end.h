/// Closes the region that begin.h opened.
#if defined(SK_HAS_DOTPROD)
#if defined(__clang__)
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif
#endif
