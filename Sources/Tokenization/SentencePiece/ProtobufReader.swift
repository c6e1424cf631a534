/// Reads the fields of one protocol-buffer message, which may lie inside another; the bytes stay where they are.
struct ProtobufReader {
    /// What a field holds, by its wire type.
    enum Value {
        case integer(UInt64)
        /// Four bytes, little endian.
        case fixed32(UInt32)
        case fixed64
        /// A string, bytes or a message, by its place in the file.
        case bytes(Range<Int>)
    }

    private let bytes: [UInt8]
    private let path: String
    private var offset: Int
    private let end: Int

    /// Reads the message at `range` of a file.
    init(_ bytes: [UInt8], _ range: Range<Int>, path: String) {
        self.bytes = bytes
        self.path = path
        offset = range.lowerBound
        end = range.upperBound
    }

    /// The next field's number and value, or nil at the end of the message.
    mutating func nextField() throws -> (number: Int, value: Value)? {
        guard offset < end else { return nil }
        let key = try readInteger()
        let number = key >> 3
        guard (1...0x1FFF_FFFF).contains(number) else { throw fault("a field has the number \(number)") }
        switch key & 7 {
        case 0: return (Int(number), .integer(try readInteger()))
        case 1:
            _ = try take(8)
            return (Int(number), .fixed64)
        case 2:
            let count = try readInteger()
            guard count <= UInt64(end - offset) else {
                throw fault("field \(number) has \(count) bytes, of which \(end - offset) are there")
            }
            return (Int(number), .bytes(try take(Int(count))))
        case 5:
            let range = try take(4)
            return (Int(number), .fixed32(range.reversed().reduce(0) { $0 << 8 | UInt32(bytes[$1]) }))
        case let type: throw fault("field \(number) has the wire type \(type)")
        }
    }

    private func fault(_ what: String) -> TokenizationError {
        TokenizationError(
            .malformedFile, "\(path): is not a SentencePiece model: \(what), before byte \(offset)")
    }

    private mutating func take(_ count: Int) throws -> Range<Int> {
        guard count <= end - offset else { throw fault("the message ends inside a field") }
        offset += count
        return offset - count..<offset
    }

    private mutating func readInteger() throws -> UInt64 {
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 70, by: 7) {
            let byte = bytes[try take(1).lowerBound]
            if shift < 64 { value |= UInt64(byte & 0x7F) << shift }
            if byte < 0x80 { return value }
        }
        throw fault("an integer has more than ten bytes")
    }
}
