/// Reads the fields of one protocol-buffer message of a file, which may lie inside another, window by window.
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

    private let file: FileBytes
    private var offset: Int
    private let end: Int
    /// The window that was needed last, often the one that is needed next.
    private var window = FileBytes.Window()

    /// Reads the message that a file is.
    init(_ file: FileBytes) {
        self.file = file
        offset = 0
        end = file.byteCount
    }

    /// Reads a message inside another.
    init(_ range: Range<Int>, in other: ProtobufReader) {
        file = other.file
        window = other.window
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
            let bytes = try bytes(try take(4))
            return (Int(number), .fixed32(bytes.reversed().reduce(0) { $0 << 8 | UInt32($1) }))
        case let type: throw fault("field \(number) has the wire type \(type)")
        }
    }

    /// What stands in a range of the file.
    func bytes(_ range: Range<Int>) throws -> [UInt8] {
        guard window.contains(range) else { return try file.copy(range) }
        return Array(window.bytes[range.lowerBound - window.start..<range.upperBound - window.start])
    }

    private func fault(_ what: String) -> TokenizationError {
        TokenizationError(
            .malformedFile, "\(file.name): is not a SentencePiece model: \(what), before byte \(offset)")
    }

    private mutating func take(_ count: Int) throws -> Range<Int> {
        guard count <= end - offset else { throw fault("the message ends inside a field") }
        offset += count
        return offset - count..<offset
    }

    private mutating func readInteger() throws -> UInt64 {
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 70, by: 7) {
            let byte = try byte(at: try take(1).lowerBound)
            if shift < 64 { value |= UInt64(byte & 0x7F) << shift }
            if byte < 0x80 { return value }
        }
        throw fault("an integer has more than ten bytes")
    }

    private mutating func byte(at place: Int) throws -> UInt8 {
        if !window.contains(place..<place + 1) {
            // Given back before the next one is read.
            window = FileBytes.Window()
            window = try file.window(at: place)
        }
        return window.bytes[place - window.start]
    }
}
