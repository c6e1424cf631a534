/// An object of a tokenizer file together with its path, so that every fault names both the key and the
/// value.
struct FileObject {
    /// Where the object stands, e.g. `tokenizer.json: model`.
    let path: String
    private let members: [JSONValue.Member]

    init(_ value: JSONValue, path: String) throws {
        guard case .object(let members) = value else {
            throw TokenizationError(.malformedFile, "\(path): must be an object, is \(value.kind)")
        }
        self.path = path
        self.members = members
    }

    /// The value of `key`; null counts as absent, as it does for `tokenizers`.
    func value(_ key: String) -> JSONValue? {
        guard let member = members.last(where: { $0.key.utf8.elementsEqual(key.utf8) }) else { return nil }
        if case .null = member.value { return nil }
        return member.value
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
        switch value(key) {
        case nil: return nil
        case .string(let text): return text
        case .some(let other): throw wrongKind(key, other, "a string")
        }
    }

    func string(_ key: String) throws -> String { try required(key, try optionalString(key)) }

    func optionalBool(_ key: String) throws -> Bool? {
        switch value(key) {
        case nil: return nil
        case .bool(let flag): return flag
        case .some(let other): throw wrongKind(key, other, "true or false")
        }
    }

    func bool(_ key: String) throws -> Bool { try required(key, try optionalBool(key)) }

    func integer(_ key: String, in allowed: ClosedRange<Int>) throws -> Int {
        switch value(key) {
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

    func array(_ key: String) throws -> [JSONValue] {
        switch value(key) {
        case nil: throw fault(key, "is missing")
        case .array(let elements): return elements
        case .some(let other): throw wrongKind(key, other, "an array")
        }
    }

    /// The objects of the array `key`.
    func objects(_ key: String) throws -> [FileObject] {
        try array(key).enumerated().map { try FileObject($1, path: "\(path(key))[\($0)]") }
    }

    /// The members of the object `key`, in the order of the file.
    func members(_ key: String) throws -> [JSONValue.Member] { try object(key).members }
}
