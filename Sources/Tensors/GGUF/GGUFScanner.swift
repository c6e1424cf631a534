/// Reads a GGUF file's header from front to back through a buffer; every length is checked against the file before
/// anything of that length is allocated.
struct GGUFScanner {
    /// Bytes read at once.
    private static let bufferByteCount = 1 << 16
    /// What is kept of a file may take as many bytes as were read of it, and so many more.
    private static let heldByteCountAllowance = 1 << 20

    let file: CheckpointFile
    /// Offset of the next byte.
    private(set) var position: Int
    private var buffer: [UInt8]
    private var bufferStart = 0
    private var bufferEnd = 0
    /// How many bytes are kept of what was read, as far as it is counted.
    private var heldByteCount = 0

    init(_ file: CheckpointFile, at position: Int = 0) {
        self.file = file
        self.position = position
        buffer = [UInt8](repeating: 0, count: min(GGUFScanner.bufferByteCount, max(8, file.byteCount)))
    }

    func error(_ reason: String) -> GGUFError {
        .malformed(path: file.path, byteOffset: position, reason: reason)
    }

    /// Bytes left in the file.
    var remaining: Int { file.byteCount - position }

    /// Counts bytes that are kept of what was read.
    mutating func hold(_ byteCount: Int) throws(GGUFError) {
        heldByteCount += byteCount
        let limit = position + GGUFScanner.heldByteCountAllowance
        guard heldByteCount <= limit else {
            throw error("what is kept of it takes \(heldByteCount) bytes of memory, allowed are \(limit)")
        }
    }

    /// A little-endian integer.
    mutating func integer<Value: FixedWidthInteger & UnsignedInteger>(
        _ type: Value.Type, _ what: StaticString
    ) throws(GGUFError) -> Value {
        let count = Value.bitWidth / 8
        try require(count, what)
        try fill(count)
        var value: Value = 0
        let start = position - bufferStart
        for index in 0..<count { value |= Value(buffer[start + index]) << (8 * index) }
        position += count
        return value
    }

    /// A count or size that fits an `Int` and is at most `limit`.
    mutating func count(_ what: StaticString, limit: Int) throws(GGUFError) -> Int {
        let value = try integer(UInt64.self, what)
        guard value <= UInt64(limit) else { throw error("\(what) is \(value), allowed are up to \(limit)") }
        return Int(value)
    }

    /// The bytes of a text: its length, then as many bytes.
    mutating func stringBytes(_ what: StaticString, limit: Int) throws(GGUFError) -> [UInt8] {
        let count = try self.count(what, limit: limit)
        try require(count, what)
        defer { position += count }
        if count <= buffer.count {
            try fill(count)
            return Array(buffer[position - bufferStart..<position - bufferStart + count])
        }
        var bytes = [UInt8](repeating: 0, count: count)
        do { try file.read(position..<position + count, into: &bytes, at: 0) } catch { throw .file(error) }
        return bytes
    }

    mutating func string(_ what: StaticString, limit: Int) throws(GGUFError) -> String {
        let bytes = try stringBytes(what, limit: limit)
        guard let text = String(validating: bytes, as: UTF8.self) else { throw error("\(what) is not UTF-8") }
        return text
    }

    /// Passes over bytes.
    mutating func skip(_ count: Int, _ what: StaticString) throws(GGUFError) {
        try require(count, what)
        position += count
    }

    private func require(_ count: Int, _ what: StaticString) throws(GGUFError) {
        guard count <= remaining else {
            throw error("\(what) needs \(count) bytes, the file has \(remaining) left")
        }
    }

    /// Makes sure that the buffer holds the next bytes.
    private mutating func fill(_ count: Int) throws(GGUFError) {
        guard position < bufferStart || position + count > bufferEnd else { return }
        let end = min(file.byteCount, position + buffer.count)
        do { try file.read(position..<end, into: &buffer, at: 0) } catch { throw .file(error) }
        (bufferStart, bufferEnd) = (position, end)
    }
}

extension GGUFScanner {
    /// A value of a type; arrays are passed over and remembered by their place.
    mutating func value(_ type: GGUFValueType) throws(GGUFError) -> GGUFValue {
        switch type {
        case .u8: return .integer(Int(try integer(UInt8.self, "a value")))
        case .i8: return .integer(Int(Int8(bitPattern: try integer(UInt8.self, "a value"))))
        case .u16: return .integer(Int(try integer(UInt16.self, "a value")))
        case .i16: return .integer(Int(Int16(bitPattern: try integer(UInt16.self, "a value"))))
        case .u32: return .integer(Int(try integer(UInt32.self, "a value")))
        case .i32: return .integer(Int(Int32(bitPattern: try integer(UInt32.self, "a value"))))
        case .u64: return .integer(try count("a value", limit: Int.max))
        case .i64: return .integer(Int(Int64(bitPattern: try integer(UInt64.self, "a value"))))
        case .f32:
            let number = Float(bitPattern: try integer(UInt32.self, "a value"))
            return .number(Double("\(number)") ?? Double(number))
        case .f64: return .number(Double(bitPattern: try integer(UInt64.self, "a value")))
        case .bool:
            let flag = try integer(UInt8.self, "a flag")
            guard flag <= 1 else { throw error("a flag is \(flag), allowed are 0 and 1") }
            return .bool(flag == 1)
        case .string:
            let start = position
            let count = try self.count("a text", limit: GGUFFile.stringByteCountMax)
            guard count > GGUFFile.keptStringByteCountMax else {
                position = start
                return .string(try string("a text", limit: GGUFFile.keptStringByteCountMax))
            }
            try skip(count, "a text")
            return .longString(position - count..<position)
        case .array: return .array(try array())
        }
    }

    mutating func valueType() throws(GGUFError) -> GGUFValueType {
        let number = try integer(UInt32.self, "a value's type")
        guard let type = GGUFValueType(rawValue: number) else {
            throw error("a value has the type \(number), known are 0 to 12")
        }
        return type
    }

    private mutating func array() throws(GGUFError) -> GGUFArray {
        let type = try valueType()
        guard type != .array else { throw error("an array of arrays is not supported") }
        let count = try self.count("an array's length", limit: remaining / type.byteCountMin)
        let array = GGUFArray(type: type, count: count, byteOffset: position)
        if type == .string {
            for _ in 0..<count {
                try skip(try self.count("a text's length", limit: GGUFFile.elementByteCountMax), "a text")
            }
        } else {
            try skip(count * type.byteCountMin, "an array")
        }
        return array
    }
}
