/// One JSON text (RFC 8259), checked from end to end once; its values are read out of the file where they stand, so
/// that neither they nor the file are in memory, however large it is.
///
/// A class because every value that is read out of it refers to it; it never changes.
final class JSONText: Sendable {
    let file: FileBytes
    /// The objects and arrays of `largeByteCount` bytes or more, by where they start: they are stepped over at once.
    private let large: [Extent]

    /// From an opening bracket to behind the closing one.
    struct Extent {
        let start: Int32
        var end: Int32
    }

    static let largeByteCount = 4096

    /// Checks the whole file; anything after the value but white space is a fault.
    init(_ file: FileBytes) throws {
        try file.requireUTF8()
        var checker = JSONReader(file)
        var large: [Extent] = []
        try checker.checkValue(depth: 0, large: &large)
        try checker.requireEnd()
        self.file = file
        self.large = large
    }

    /// The value that the text is.
    func value() throws -> JSONValue {
        var reader = reader(at: 0)
        return try reader.readValue(of: self)
    }

    func reader(at offset: Int) -> JSONReader { JSONReader(file, offset: offset) }

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

    /// What is known of an object before its members are kept.
    struct Measure {
        var count = 0
        /// How many bytes the keys have as they are written.
        var keyByteCount = 0
        /// The highest of the values that are integers, or -1.
        var integerMax = -1
    }

    func measured() throws -> Measure {
        var measure = Measure()
        var reader = text.reader(at: start)
        try reader.forEachMember { reader, key in
            measure.count += 1
            measure.keyByteCount += key.count
            if case .integer(let value) = try reader.readValue(of: text) {
                measure.integerMax = max(measure.integerMax, value)
            }
        }
        return measure
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
