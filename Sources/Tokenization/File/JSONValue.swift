/// A JSON value as a tokenizer file holds it; arrays and objects stay in the text until they are gone through.
///
/// Foundation's JSON types key objects by `String`, whose equality is canonical equivalence: "é" in one
/// scalar and in two would be one vocabulary entry. Here every scalar stays as it was written.
enum JSONValue: Sendable {
    case null
    case bool(Bool)
    case integer(Int)
    case real(Double)
    case string(String)
    case array(JSONArray)
    case object(JSONObject)

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
