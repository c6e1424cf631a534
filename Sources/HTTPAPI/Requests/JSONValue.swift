/// A value of a request's body, before anyone knows what it should be.
enum JSONValue: Equatable, Sendable {
    case null
    case bool(Bool)
    case integer(Int64)
    /// An integer above the signed range: seeds use all 64 bits.
    case large(UInt64)
    case number(Double)
    case string(String)
    case array([JSONValue])
    case object([String: JSONValue])

    /// The type as error messages name it.
    var typeName: String {
        switch self {
        case .null: "null"
        case .bool: "a boolean"
        case .integer, .large, .number: "a number"
        case .string: "a string"
        case .array: "an array"
        case .object: "an object"
        }
    }

    /// The value as error messages show it: short.
    var shown: String {
        switch self {
        case .null: "null"
        case .bool(let value): String(value)
        case .integer(let value): String(value)
        case .large(let value): String(value)
        case .number(let value): String(value)
        case .string(let value): value.count <= 40 ? "\"\(value)\"" : "\"\(value.prefix(40))…\""
        case .array(let values): "an array of \(values.count)"
        case .object: "an object"
        }
    }
}

extension JSONValue {
    /// A number's value.
    var double: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .large(let value): Double(value)
        case .number(let value): value
        default: nil
        }
    }

    /// An integer that may be a token id.
    var tokenID: Int32? {
        guard case .integer(let value) = self, value >= 0 else { return nil }
        return Int32(exactly: value)
    }
}
