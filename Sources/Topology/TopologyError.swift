/// Why a topology is refused: which line and key, what stands there, and what may. One sentence.
package struct TopologyError: Error, Equatable, Sendable, CustomStringConvertible {
    /// What kind of fault.
    package enum Code: String, Sendable {
        /// The file cannot be read, is too long or is not UTF-8.
        case unreadableFile
        /// Not YAML, more than one document, or a key twice.
        case invalidYAML
        /// A key that does not exist.
        case unknownKey
        /// A key that must be there is not.
        case missingKey
        /// A list where a number must be, and the like.
        case wrongType
        /// A value outside what is allowed.
        case invalidValue
        /// Two values that exclude each other.
        case conflict
        /// Neither a file nor a model is named.
        case noModel
    }

    /// What kind of fault.
    package var code: Code
    /// The file, as the caller named it; nil for flags, variables and requests.
    package var file: String?
    /// The line, counted from 1.
    package var line: Int?
    /// The key's path, such as `reader_groups.chat.replicas`, or the flag or variable.
    package var key: String
    /// What stands there.
    package var value: String?
    /// What may stand there.
    package var allowed: String

    /// Makes an error without a place.
    package init(_ code: Code, key: String, value: String?, allowed: String) {
        self.code = code
        self.key = key
        self.value = value
        self.allowed = allowed
    }

    package var description: String {
        let place = [file, line.map { "line \($0)" }].compactMap(\.self).joined(separator: ", ")
        let shown = value ?? "nothing"
        let sentence =
            switch code {
            case .unreadableFile, .noModel: allowed
            case .invalidYAML: "not valid YAML: \(shown); \(allowed)"
            case .unknownKey: "unknown key \(key) (\(shown)); allowed: \(allowed)"
            case .missingKey: "\(key) is missing; allowed: \(allowed)"
            case .wrongType, .invalidValue: "\(key) is \(shown); allowed: \(allowed)"
            case .conflict: "\(key) is \(shown); \(allowed)"
            }
        return place.isEmpty ? sentence : "\(place): \(sentence)"
    }
}
