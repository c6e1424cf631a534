/// SentencePiece's way with spaces: each becomes a visible character, and words start with it.
struct Metaspace: Sendable {
    /// When a word that does not start with the replacement gets one put before it.
    enum PrependScheme: String, CaseIterable, Sendable {
        case always
        /// Only at the very start of the text.
        case first
        case never
    }

    let replacement: [UInt8]
    let prependScheme: PrependScheme
    private let splits: Bool

    /// Reads the form with `prepend_scheme` and the older one with `add_prefix_space`.
    init(_ file: FileObject) throws {
        replacement = Array(String(try file.scalar("replacement")).utf8)
        splits = try file.optionalBool("split") ?? true
        var scheme = PrependScheme.always
        if let name = try file.optionalString("prepend_scheme") {
            guard let named = PrependScheme(rawValue: name) else {
                throw TokenizationError.unsupported(
                    "prepend_scheme", at: file.path("prepend_scheme"), found: name,
                    supported: PrependScheme.allCases.map(\.rawValue))
            }
            scheme = named
        }
        if try file.optionalBool("add_prefix_space") == false {
            guard try file.value("prepend_scheme") == nil || scheme == .never else {
                throw file.fault(
                    "add_prefix_space", "is false, which prepend_scheme \"\(scheme.rawValue)\" contradicts")
            }
            scheme = .never
        }
        prependScheme = scheme
    }

    /// Replaces spaces, prepends, and splits before each replacement.
    func split(_ pieces: inout Pieces) throws {
        let space = UInt8(ascii: " ")
        pieces.rewrite { piece, startsText, output in
            let isPrepended =
                switch prependScheme {
                case .always: !starts(piece)
                case .first: startsText && !starts(piece)
                case .never: false
                }
            if isPrepended { output.append(contentsOf: replacement) }
            for index in 0..<piece.count {
                if piece[index] == space {
                    output.append(contentsOf: replacement)
                } else {
                    output.append(piece[index])
                }
            }
        }
        if splits { try pieces.split(by: .literal(replacement), .mergedWithNext) }
    }

    /// Whether a piece starts with the replacement, or with a space, which becomes one.
    private func starts(_ piece: Span<UInt8>) -> Bool {
        if piece[0] == UInt8(ascii: " ") { return true }
        guard piece.count >= replacement.count else { return false }
        for index in replacement.indices where piece[index] != replacement[index] { return false }
        return true
    }
}
