/// A JSON value as a tokenizer file holds it.
///
/// Foundation's JSON types key objects by `String`, whose equality is canonical equivalence: "é" in one
/// scalar and in two would be one vocabulary entry. Members are therefore kept as a list, with every scalar
/// as it was written.
enum JSONValue: Sendable {
    case null
    case bool(Bool)
    case integer(Int)
    case real(Double)
    case string(String)
    case array([JSONValue])
    case object([Member])

    /// One key and its value, in the order of the file.
    struct Member: Sendable {
        let key: String
        let value: JSONValue
    }

    /// The value of a number, integer or not.
    var number: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .real(let value): value
        default: nil
        }
    }

    /// The value's kind in words, for messages.
    var kind: String {
        switch self {
        case .null: "null"
        case .bool: "a boolean"
        case .integer: "an integer"
        case .real: "a fraction"
        case .string: "a string"
        case .array: "an array"
        case .object: "an object"
        }
    }
}
