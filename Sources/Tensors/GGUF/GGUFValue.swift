/// A metadata value of a GGUF file.
package enum GGUFValue: Equatable, Sendable {
    /// Any integer type.
    case integer(Int)
    /// f32 (the shortest decimal number that it is) or f64.
    case number(Double)
    /// A flag.
    case bool(Bool)
    /// A text.
    case string(String)
    /// A text of more than `GGUFFile.keptStringByteCountMax` bytes, by its place: it stays in the file.
    case longString(Range<Int>)
    /// An array, which stays in the file until it is asked for.
    case array(GGUFArray)

    /// Bytes of a text that is kept.
    var textByteCount: Int { if case .string(let text) = self { text.utf8.count } else { 0 } }

    /// The value for error messages; long ones are cut.
    package var excerpt: String {
        switch self {
        case .integer(let value): "\(value)"
        case .number(let value): "\(value)"
        case .bool(let value): "\(value)"
        case .string(let value): "\"\(value.prefix(80))\""
        case .longString(let range): "a text of \(range.count) bytes"
        case .array(let array): "an array of \(array.count)"
        }
    }
}

/// Where an array of a GGUF file's metadata is.
package struct GGUFArray: Equatable, Sendable {
    /// What its elements are.
    let type: GGUFValueType
    /// How many there are.
    package let count: Int
    /// First byte of the first element in the file.
    let byteOffset: Int
}

/// The types of metadata values by their numbers in the file.
enum GGUFValueType: UInt32, Sendable {
    case u8 = 0
    case i8 = 1
    case u16 = 2
    case i16 = 3
    case u32 = 4
    case i32 = 5
    case f32 = 6
    case bool = 7
    case string = 8
    case array = 9
    case u64 = 10
    case i64 = 11
    case f64 = 12

    /// Bytes of a value; at least so many for texts and arrays.
    var byteCountMin: Int {
        switch self {
        case .u8, .i8, .bool: 1
        case .u16, .i16: 2
        case .u32, .i32, .f32: 4
        case .string, .u64, .i64, .f64: 8
        case .array: 12
        }
    }
}
