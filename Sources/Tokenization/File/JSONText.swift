/// The bytes of one JSON text (RFC 8259), checked from end to end once; its values are read where they stand, so that
/// a file takes its own bytes in memory, however many values it has.
///
/// A class because every value that is read out of it refers to it; it never changes.
final class JSONText: Sendable {
    let bytes: [UInt8]
    let fileName: String
    /// The objects and arrays of `largeByteCount` bytes or more, by where they start: they are stepped over at once.
    private let large: [Extent]

    /// From an opening bracket to behind the closing one.
    struct Extent {
        let start: Int32
        var end: Int32
    }

    static let largeByteCount = 4096

    /// Checks the whole of `bytes`; anything after the value but white space is a fault.
    init(_ bytes: [UInt8], fileName: String) throws {
        do { _ = try UTF8Span(validating: bytes.span) } catch {
            throw TokenizationError(.malformedFile, "\(fileName): is not UTF-8 text")
        }
        var checker = JSONReader(bytes, fileName: fileName)
        var large: [Extent] = []
        try checker.checkValue(depth: 0, large: &large)
        try checker.requireEnd()
        self.bytes = bytes
        self.fileName = fileName
        self.large = large
    }

    /// The value that the text is.
    func value() throws -> JSONValue {
        var reader = reader(at: 0)
        return try reader.readValue(of: self)
    }

    func reader(at offset: Int) -> JSONReader { JSONReader(bytes, fileName: fileName, offset: offset) }

    /// Where the object or array that starts at `offset` ends, if it is large.
    func end(ofLargeAt offset: Int) -> Int? {
        var low = 0
        var high = large.count
        while low < high {
            let middle = (low + high) / 2
            if Int(large[middle].start) < offset { low = middle + 1 } else { high = middle }
        }
        guard low < large.count, Int(large[low].start) == offset else { return nil }
        return Int(large[low].end)
    }
}

/// The elements of an array of a JSON text.
struct JSONArray: Sendable {
    let text: JSONText
    /// Where the opening bracket is.
    let start: Int

    /// How many elements there are; they are counted anew each time.
    func count() throws -> Int {
        var count = 0
        var reader = text.reader(at: start)
        try reader.forEachElement { reader in
            count += 1
            try reader.skipValue(of: text)
        }
        return count
    }

    /// Calls `body` with each element and its index.
    func forEach(_ body: (Int, JSONValue) throws -> Void) throws {
        var index = 0
        var reader = text.reader(at: start)
        try reader.forEachElement { reader in
            try body(index, try reader.readValue(of: text))
            index += 1
        }
    }

    /// The elements, or nil if there are more than `countMax`.
    func elements(countMax: Int) throws -> [JSONValue]? {
        var elements: [JSONValue] = []
        var count = 0
        var reader = text.reader(at: start)
        try reader.forEachElement { reader in
            count += 1
            if count > countMax {
                try reader.skipValue(of: text)
            } else {
                elements.append(try reader.readValue(of: text))
            }
        }
        return count > countMax ? nil : elements
    }
}

/// The members of an object of a JSON text.
struct JSONObject: Sendable {
    let text: JSONText
    /// Where the opening bracket is.
    let start: Int

    /// How many members there are, and how many bytes their keys have as they are written.
    func measured() throws -> (count: Int, keyByteCount: Int) {
        var (count, keyByteCount) = (0, 0)
        var reader = text.reader(at: start)
        try reader.forEachMember { reader, key in
            count += 1
            keyByteCount += key.count
            try reader.skipValue(of: text)
        }
        return (count, keyByteCount)
    }

    /// Calls `body` with each key and its value, in the order of the file.
    func forEach(_ body: (String, JSONValue) throws -> Void) throws {
        var reader = text.reader(at: start)
        try reader.forEachMember { reader, key in
            let name = try reader.string(inQuotes: key)
            try body(name, try reader.readValue(of: text))
        }
    }

    /// The last value of a key. Keys are compared scalar by scalar, not by canonical equivalence.
    func value(_ key: String) throws -> JSONValue? {
        let wanted = Array(key.utf8)
        var found: Int?
        var reader = text.reader(at: start)
        try reader.forEachMember { reader, written in
            if try reader.isString(inQuotes: written, equalTo: wanted) { found = reader.offset }
            try reader.skipValue(of: text)
        }
        guard let found else { return nil }
        var value = text.reader(at: found)
        return try value.readValue(of: text)
    }
}
