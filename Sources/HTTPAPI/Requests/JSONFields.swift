/// Takes an object's fields one by one, typed and checked, and remembers which were asked for.
///
/// An absent field and an explicit null are the same: clients send null for everything that was not set.
struct JSONFields {
    /// A range of numbers as error messages show it.
    struct Bounds {
        var lowest: Double
        var highest: Double
        /// Whether `lowest` itself is refused.
        var excludesLowest = false

        func contains(_ value: Double) -> Bool {
            (excludesLowest ? value > lowest : value >= lowest) && value <= highest
        }

        var shown: String {
            let (low, high) = (Self.shown(lowest), Self.shown(highest))
            return excludesLowest ? "more than \(low), at most \(high)" : "\(low) to \(high)"
        }

        private static func shown(_ value: Double) -> String {
            value == value.rounded() && abs(value) < 1e15 ? String(Int64(value)) : String(value)
        }
    }

    private let object: [String: JSONValue]
    /// The fields of a small object, one after the other: looking some thirty names up there is cheaper than hashing
    /// them. Empty for others.
    private let few: [(name: String, value: JSONValue)]
    /// Fields that were asked for: of few ones the bits of their places.
    private var known: Set<String> = []
    private var knownFew: UInt8 = 0
    /// What was accepted without effect; for `x-skein-warning`.
    private(set) var warnings: [String] = []

    /// Fields of a request's body.
    init(_ object: [String: JSONValue]) {
        self.object = object
        few = object.count <= Self.fewCountMax ? object.map { ($0.key, $0.value) } : []
    }

    private static let fewCountMax = 8

    /// The field's value, nil if absent or null.
    mutating func value(_ name: String) -> JSONValue? {
        guard few.isEmpty else { return fewValue(name) }
        guard let value = object[name] else { return nil }
        known.insert(name)
        return value == .null ? nil : value
    }

    private mutating func fewValue(_ name: String) -> JSONValue? {
        guard let place = few.firstIndex(where: { $0.name == name }) else { return nil }
        knownFew |= 1 << UInt8(place)
        return few[place].value == .null ? nil : few[place].value
    }

    /// A string.
    mutating func string(_ name: String) throws(APIError) -> String? {
        guard let value = value(name) else { return nil }
        guard case .string(let string) = value else { throw Self.mismatch(name, value, "a string") }
        return string
    }

    /// A string or an array of strings, as an array; empty if absent.
    mutating func strings(_ name: String, countMax: Int, allowed: String) throws(APIError) -> [String] {
        switch value(name) {
        case nil: return []
        case .string(let string): return [string]
        case .array(let values):
            guard values.count <= countMax else {
                throw APIError(
                    .invalidField, "\(name) is an array of \(values.count); allowed: \(allowed)", field: name)
            }
            var strings: [String] = []
            for value in values {
                guard case .string(let string) = value else {
                    let message = "\(name) holds \(value.typeName) (\(value.shown)); allowed: \(allowed)"
                    throw APIError(.invalidField, message, field: name)
                }
                strings.append(string)
            }
            return strings
        case .some(let value): throw Self.mismatch(name, value, allowed)
        }
    }

    /// An array of token ids; empty if absent.
    mutating func tokenIDs(_ name: String, countMax: Int) throws(APIError) -> [Int32] {
        guard let value = value(name) else { return [] }
        let allowed = "an array of up to \(countMax) token ids"
        guard case .array(let values) = value else { throw Self.mismatch(name, value, allowed) }
        let ids = values.compactMap(\.tokenID)
        guard values.count <= countMax, ids.count == values.count else {
            throw Self.outOfRange(name, value, allowed)
        }
        return ids
    }

    /// A boolean.
    mutating func bool(_ name: String) throws(APIError) -> Bool? {
        guard let value = value(name) else { return nil }
        guard case .bool(let bool) = value else { throw Self.mismatch(name, value, "true or false") }
        return bool
    }

    /// An integer within the range.
    mutating func integer(_ name: String, in range: ClosedRange<Int>) throws(APIError) -> Int? {
        guard let value = value(name) else { return nil }
        var allowed: String { "an integer, \(range.lowerBound) to \(range.upperBound)" }
        switch value {
        case .integer(let number):
            guard let integer = Int(exactly: number), range.contains(integer) else {
                throw Self.outOfRange(name, value, allowed)
            }
            return integer
        case .large: throw Self.outOfRange(name, value, allowed)
        default: throw Self.mismatch(name, value, allowed)
        }
    }

    /// An integer of 64 bits without sign.
    mutating func unsigned(_ name: String) throws(APIError) -> UInt64? {
        guard let value = value(name) else { return nil }
        var allowed: String { "an integer, 0 to \(UInt64.max)" }
        switch value {
        case .large(let number): return number
        case .integer(let number):
            guard let unsigned = UInt64(exactly: number) else { throw Self.outOfRange(name, value, allowed) }
            return unsigned
        default: throw Self.mismatch(name, value, allowed)
        }
    }

    /// A number within the bounds.
    mutating func number(_ name: String, in bounds: Bounds) throws(APIError) -> Float? {
        guard let value = value(name) else { return nil }
        var allowed: String { "a number, \(bounds.shown)" }
        let number: Double
        switch value {
        case .integer(let integer): number = Double(integer)
        case .large(let integer): number = Double(integer)
        case .number(let double): number = double
        default: throw Self.mismatch(name, value, allowed)
        }
        // The bounds are checked on what is passed on: a number below the smallest f32 is 0.
        guard bounds.contains(number), bounds.contains(Double(Float(number))) else {
            throw Self.outOfRange(name, value, allowed)
        }
        return Float(number)
    }

    /// Refuses a field of a feature this server lacks, if it is set to something: false, "" and null are not.
    mutating func refuse(_ name: String, _ reason: String) throws(APIError) {
        guard let value = value(name), value != .string(""), value != .bool(false) else { return }
        throw APIError(.unsupportedField, "\(name) is \(value.shown), but \(reason)", field: name)
    }

    /// Accepts a field that has no effect here, and says so if it is set.
    mutating func ignore(_ name: String, _ reason: String) {
        guard let value = value(name), value != .string("") else { return }
        warn("\(name) has no effect: \(reason)")
    }

    /// Adds a warning.
    mutating func warn(_ text: String) {
        warnings.append(text)
    }

    /// All warnings, those about fields that nobody asked for included.
    consuming func finish() -> [String] {
        var unknown = few.indices.filter { knownFew >> UInt8($0) & 1 == 0 }.map { few[$0].name }
        if few.isEmpty { unknown = object.keys.filter { !known.contains($0) } }
        unknown.sort()
        return warnings + unknown.map { "unknown field \($0.prefix(64)) ignored" }
    }

    private static func mismatch(_ name: String, _ value: JSONValue, _ allowed: String) -> APIError {
        APIError(
            .invalidField, "\(name) is \(value.typeName) (\(value.shown)); allowed: \(allowed)", field: name)
    }

    private static func outOfRange(_ name: String, _ value: JSONValue, _ allowed: String) -> APIError {
        APIError(.invalidField, "\(name) is \(value.shown); allowed: \(allowed)", field: name)
    }
}
