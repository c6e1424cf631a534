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

extension JSONValue: Decodable {
    init(from decoder: any Decoder) throws {
        // A body is an object. To find that out after all other types would cost an error value for each.
        if decoder.codingPath.isEmpty, let fields = try? decoder.container(keyedBy: FieldName.self) {
            var object: [String: JSONValue] = [:]
            for name in fields.allKeys {
                object[name.stringValue] = try fields.decode(JSONValue.self, forKey: name)
            }
            self = .object(object)
            return
        }
        let container = try decoder.singleValueContainer()
        // Strings come first because lists of prompts are what is long; each miss costs an error value.
        if container.decodeNil() {
            self = .null
        } else if let value = try? container.decode(String.self) {
            self = .string(value)
        } else if let value = try? container.decode(Int64.self) {
            self = .integer(value)
        } else if let value = try? container.decode(Bool.self) {
            self = .bool(value)
        } else if let value = try? container.decode(UInt64.self) {
            self = .large(value)
        } else if let value = try? container.decode(Double.self) {
            self = .number(value)
        } else if let value = try? container.decode([String: JSONValue].self) {
            self = .object(value)
        } else {
            self = .array(try container.decode([JSONValue].self))
        }
    }
}

/// Any name of a field.
private struct FieldName: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }

    init?(stringValue: String) { self.stringValue = stringValue }

    init?(intValue: Int) { nil }
}
