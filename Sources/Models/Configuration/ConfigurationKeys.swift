import Tensors

/// The keys of a config.json or of an object inside it, read with their types and limits; every refusal names
/// file, key, value and what is allowed.
struct ConfigurationKeys {
    /// The file, and the path of keys to this object if it is an inner one.
    let place: String
    let members: [String: JSONValue]

    init(parsing bytes: [UInt8], place: String) throws(ModelError) {
        let value: JSONValue
        do { value = try JSONValue(parsing: bytes) } catch {
            throw ModelError(.invalidModel, "\(place): \(error)")
        }
        guard case .object(let members) = value else {
            throw ModelError(.invalidModel, "\(place) is \(value.excerpt), an object is needed")
        }
        self.init(place: place, members: members)
    }

    private init(place: String, members: [String: JSONValue]) {
        self.place = place
        self.members = members
    }

    /// The value of `key`; `null` counts as missing.
    subscript(key: String) -> JSONValue? {
        guard let value = members[key], value != .null else { return nil }
        return value
    }

    func refusal(_ key: String, allowed: String, _ code: ModelError.Code = .invalidModel) -> ModelError {
        guard let value = members[key] else {
            return ModelError(code, "\(place) has no \"\(key)\", needed is \(allowed)")
        }
        return ModelError(code, "\(place): \"\(key)\" is \(value.excerpt), allowed is \(allowed)")
    }

    /// A count in `1 ... max`, or `fallback` where the key is missing and there is one.
    func count(_ key: String, max: Int, fallback: Int? = nil) throws(ModelError) -> Int {
        if let fallback, self[key] == nil { return fallback }
        guard case .integer(let value)? = self[key], value >= 1, value <= max else {
            throw refusal(key, allowed: "a whole number from 1 to \(max)")
        }
        return value
    }

    /// A whole number in `range`, or `fallback` where the key is missing.
    func whole(_ key: String, in range: ClosedRange<Int>, fallback: Int) throws(ModelError) -> Int {
        guard let value = self[key] else { return fallback }
        guard case .integer(let number) = value, range.contains(number) else {
            throw refusal(key, allowed: "a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    /// A list of whole numbers in `range`; none where the key is missing.
    func wholes(_ key: String, in range: ClosedRange<Int>) throws(ModelError) -> [Int]? {
        guard let value = self[key] else { return nil }
        let refusal = refusal(
            key, allowed: "a list of whole numbers from \(range.lowerBound) to \(range.upperBound)")
        guard case .array(let elements) = value else { throw refusal }
        return try elements.map { element throws(ModelError) in
            guard case .integer(let number) = element, range.contains(number) else { throw refusal }
            return number
        }
    }

    /// A number above 0, or nil where the key is missing.
    func positiveIfAny(_ key: String) throws(ModelError) -> Double? {
        self[key] == nil ? nil : try positive(key)
    }

    /// Refuses the model if `key` is there and is not `value`.
    func require(_ key: String, _ value: Bool) throws(ModelError) {
        guard try flag(key, fallback: value) == value else {
            throw refusal(key, allowed: "\(value)", .unsupported)
        }
    }

    /// A number above 0, or `fallback` where the key is missing and there is one.
    func positive(_ key: String, fallback: Double? = nil) throws(ModelError) -> Double {
        if let fallback, self[key] == nil { return fallback }
        switch self[key] {
        case .integer(let value)? where value > 0: return Double(value)
        case .number(let value)? where value > 0: return value
        default: throw refusal(key, allowed: "a number above 0")
        }
    }

    /// A list of `count` numbers above 0.
    func positives(_ key: String, count: Int) throws(ModelError) -> [Double] {
        let refusal = refusal(key, allowed: "a list of \(count) numbers above 0")
        guard case .array(let elements)? = self[key], elements.count == count else { throw refusal }
        return try elements.map { element throws(ModelError) in
            switch element {
            case .integer(let value) where value > 0: return Double(value)
            case .number(let value) where value > 0: return value
            default: throw refusal
            }
        }
    }

    func flag(_ key: String, fallback: Bool) throws(ModelError) -> Bool {
        guard let value = self[key] else { return fallback }
        guard case .bool(let flag) = value else { throw refusal(key, allowed: "true or false") }
        return flag
    }

    /// A string, or nil where the key is missing.
    func text(_ key: String) throws(ModelError) -> String? {
        guard let value = self[key] else { return nil }
        guard case .string(let text) = value else { throw refusal(key, allowed: "a string") }
        return text
    }

    /// An inner object, or nil where the key is missing.
    func object(_ key: String) throws(ModelError) -> ConfigurationKeys? {
        guard let value = self[key] else { return nil }
        guard case .object(let members) = value else { throw refusal(key, allowed: "an object") }
        return ConfigurationKeys(place: "\(place): \(key)", members: members)
    }

    /// A token id or a list of them; none where the key is missing.
    func tokenIDs(_ key: String, vocabularyCount: Int) throws(ModelError) -> [Int32] {
        guard let value = self[key] else { return [] }
        let elements: [JSONValue] = if case .array(let list) = value { list } else { [value] }
        let allowed =
            "a token id below \(vocabularyCount), or up to \(ConfigurationLimits.endOfTextIDCountMax) of them"
        guard elements.count <= ConfigurationLimits.endOfTextIDCountMax else {
            throw refusal(key, allowed: allowed)
        }
        var ids: [Int32] = []
        for element in elements {
            guard case .integer(let id) = element, id >= 0, id < vocabularyCount else {
                throw refusal(key, allowed: allowed)
            }
            ids.append(Int32(id))
        }
        return ids
    }
}

/// What a configuration may ask for at most. Products of any three of these fit in 63 bits.
enum ConfigurationLimits {
    /// config.json and generation_config.json; published ones have under 100 kB.
    static let fileByteCountMax = 512 << 10
    static let hiddenCountMax = 1 << 17
    static let layerCountMax = 1024
    static let headCountMax = 1024
    /// The attention kernels' limit.
    static let headDimensionMax = 512
    static let feedForwardCountMax = 1 << 20
    /// The router kernel's limit.
    static let expertCountMax = 1024
    /// Bounds the tensors that a config.json of a few lines can ask for.
    static let expertCountMaxOfAllLayers = 1 << 16
    static let vocabularyCountMax = 1 << 22
    static let positionCountMax = 1 << 24
    static let endOfTextIDCountMax = 64
}
