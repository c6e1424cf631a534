/// An element type by its safetensors name.
package enum DType: String, Sendable, CaseIterable {
    /// One byte, 0 or 1.
    case bool = "BOOL"
    /// 8-bit unsigned integer.
    case u8 = "U8"
    /// 8-bit signed integer.
    case i8 = "I8"
    /// 8-bit float, 5 exponent bits.
    case f8e5m2 = "F8_E5M2"
    /// 8-bit float, 4 exponent bits.
    case f8e4m3 = "F8_E4M3"
    /// 8-bit power of two.
    case f8e8m0 = "F8_E8M0"
    /// 16-bit signed integer.
    case i16 = "I16"
    /// 16-bit unsigned integer.
    case u16 = "U16"
    /// IEEE half.
    case f16 = "F16"
    /// The upper half of an IEEE single.
    case bf16 = "BF16"
    /// 32-bit signed integer.
    case i32 = "I32"
    /// 32-bit unsigned integer.
    case u32 = "U32"
    /// IEEE single.
    case f32 = "F32"
    /// IEEE double.
    case f64 = "F64"
    /// 64-bit signed integer.
    case i64 = "I64"
    /// 64-bit unsigned integer.
    case u64 = "U64"
    /// Two IEEE singles.
    case c64 = "C64"

    /// Bytes of one element.
    package var byteCount: Int {
        switch self {
        case .bool, .u8, .i8, .f8e5m2, .f8e4m3, .f8e8m0: 1
        case .i16, .u16, .f16, .bf16: 2
        case .i32, .u32, .f32: 4
        case .f64, .i64, .u64, .c64: 8
        }
    }
}
