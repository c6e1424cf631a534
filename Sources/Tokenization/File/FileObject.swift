/// An object of a tokenizer file together with its path, so that every fault names both the key and the
/// value.
struct FileObject {
    /// Where the object stands, e.g. `tokenizer.json: model`.
    let path: String
    let members: JSONObject

    init(_ value: JSONValue, path: String) throws {
        guard case .object(let object) = value else {
            throw TokenizationError(.malformedFile, "\(path): must be an object, is \(value.kind)")
        }
        self.path = path
        members = object
    }

    /// Reads the whole of a file.
    init(_ file: FileBytes) throws { try self.init(try JSONText(file).value(), path: file.name) }

    /// How many bytes the file has in which the object stands.
    var fileByteCount: Int { members.text.file.byteCount }

    /// How many bytes the tables may have that are made of the file.
    var tableByteCountMax: Int { members.text.file.tableByteCountMax }

    /// How many objects there are in the object, itself included, and how many of its members are patterns.
    func partCount() throws -> (objects: Int, patterns: Int) {
        var reader = members.text.reader(at: members.start)
        return try reader.countParts()
    }

    /// The value of `key`; null counts as absent, as it does for `tokenizers`.
    func value(_ key: String) throws -> JSONValue? {
        switch try members.value(key) {
        case nil, .null: nil
        case .some(let value): value
        }
    }

    /// The path of `key`, for messages.
    func path(_ key: String) -> String { path.hasSuffix(".json") ? "\(path): \(key)" : "\(path).\(key)" }

    func fault(_ key: String, _ what: String) -> TokenizationError {
        TokenizationError(.malformedFile, "\(path(key)): \(what)")
    }

    private func required<Value>(_ key: String, _ value: Value?) throws -> Value {
        guard let value else { throw fault(key, "is missing") }
        return value
    }

    private func wrongKind(_ key: String, _ value: JSONValue, _ allowed: String) -> TokenizationError {
        fault(key, "must be \(allowed), is \(value.kind)")
    }

    // MARK: - Typed access

    func optionalString(_ key: String) throws -> String? {
        switch try value(key) {
        case nil: return nil
        case .string(let text): return text
        case .some(let other): throw wrongKind(key, other, "a string")
        }
    }

    func string(_ key: String) throws -> String { try required(key, try optionalString(key)) }

    func optionalBool(_ key: String) throws -> Bool? {
        switch try value(key) {
        case nil: return nil
        case .bool(let flag): return flag
        case .some(let other): throw wrongKind(key, other, "true or false")
        }
    }

    func bool(_ key: String) throws -> Bool { try required(key, try optionalBool(key)) }

    func integer(_ key: String, in allowed: ClosedRange<Int>) throws -> Int {
        switch try value(key) {
        case nil: throw fault(key, "is missing")
        case .integer(let number):
            guard allowed.contains(number) else {
                throw fault(
                    key, "is \(number); allowed are \(allowed.lowerBound) to \(allowed.upperBound)")
            }
            return number
        case .some(let other): throw wrongKind(key, other, "an integer")
        }
    }

    /// Exactly one Unicode scalar.
    func scalar(_ key: String) throws -> Unicode.Scalar {
        let text = try string(key)
        guard let scalar = text.unicodeScalars.first, text.unicodeScalars.count == 1 else {
            throw fault(key, "is \"\(text)\"; exactly one character is allowed")
        }
        return scalar
    }

    func optionalObject(_ key: String) throws -> FileObject? {
        try value(key).map { try FileObject($0, path: path(key)) }
    }

    func object(_ key: String) throws -> FileObject { try required(key, try optionalObject(key)) }

    func array(_ key: String) throws -> JSONArray {
        switch try value(key) {
        case nil: throw fault(key, "is missing")
        case .array(let elements): return elements
        case .some(let other): throw wrongKind(key, other, "an array")
        }
    }

    /// The elements of the array `key`.
    func elements(_ key: String, countMax: Int) throws -> [JSONValue] {
        let array = try array(key)
        guard let elements = try array.elements(countMax: countMax) else {
            throw TokenizationError(
                .limitExceeded, "\(path(key)): has \(try array.count()) elements; allowed are \(countMax)")
        }
        return elements
    }

    /// The objects of the array `key`.
    func objects(_ key: String, countMax: Int = TokenizerLimits.componentCountMax) throws -> [FileObject] {
        try elements(key, countMax: countMax).enumerated()
            .map { try FileObject($1, path: "\(path(key))[\($0)]") }
    }

    /// The object `key` as its members.
    func members(_ key: String) throws -> JSONObject { try object(key).members }
}
