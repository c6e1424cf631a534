/// NEON, which every AArch64 has; with SK_HAS_DOTPROD, opens a region whose functions also use the dot product
/// instructions of Armv8.2.
///
/// A file of this folder is: begin.h, the operation's body from ../../lanes, end.h.
#include "../../operations.h"

#include <arm_neon.h>
#include <string.h>

#pragma STDC FP_CONTRACT OFF
#if defined(SK_HAS_DOTPROD)
#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("dotprod"))), apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("arch=armv8.2-a+dotprod")
#endif
#define SK_NAME(NAME) sk_dotprod_##NAME
#else
#define SK_NAME(NAME) sk_neon_##NAME
#endif

#include "../vectors.h"

#include "../codes.h"

/// Forms of the quantized matmul's blocks. A vector is four registers: its sums of every row, the codes and one
/// activation stay in 32 registers, and so do the products that are on their way without dot product instructions.
#if defined(SK_HAS_DOTPROD)
#define SK_QUANTIZED_ROWS 6
#define SK_QUANTIZED_TALL_ROWS 6
#else
#define SK_QUANTIZED_ROWS 4
#define SK_QUANTIZED_TALL_ROWS 4
#endif
#define SK_QUANTIZED_VECTORS 1
#define SK_QUANTIZED_TALL_VECTORS 1
/// Rows up to which wide blocks are better than tall ones for codes of 4 bits.
#define SK_QUANTIZED_HALVES_ROWS 4
/// Independent chains of the dot probe.
#define SK_DOT_CHAINS 4

/// Forms of the matmul's blocks: 6 sums of four registers, the weights and one activation stay in 32 registers.
#define SK_WIDE_ROWS 2
#define SK_WIDE_VECTORS 2
/// Vectors that one row alone takes.
#define SK_SINGLE_VECTORS 2
/// Tiles that several rows read side by side, as streams of memory; 1 is one after the other.
#define SK_STREAM_TILES 1
#define SK_TALL_ROWS 6
#define SK_TALL_VECTORS 1
/// Tall blocks are better for any higher row count.
#define SK_TALL_ROW_COUNT_MAX SIZE_MAX
/// Blocking of attention: rows x 16-wide vectors.
#define SK_ATTENTION_GROUP 4
#define SK_ATTENTION_VECTORS 1
/// Independent chains of the FMA probe.
#define SK_PROBE_CHAINS 6
