import Yams

/// One mapping of a topology file, with its place in the file, from which keys are taken one by one; what is
/// left is unknown.
struct Section {
    /// One key and what stands there.
    struct Entry {
        let key: String
        /// The path, such as `reader_groups.chat.replicas`.
        let path: String
        let node: Node
        /// The key's line.
        let line: Int?
        let file: String

        /// An error about this entry.
        func error(_ code: TopologyError.Code, allowed: String) -> TopologyError {
            var error = TopologyError(code, key: path, value: shownValue, allowed: allowed)
            error.file = file
            error.line = line
            return error
        }

        /// Whether nothing stands there.
        var isNull: Bool { node.isNull }

        /// What stands there, for messages.
        var shownValue: String { node.shown }
    }

    let path: String
    let line: Int?
    let file: String
    let dialect: Dialect
    private(set) var entries: [Entry]

    /// Reads a mapping; an empty value is an empty mapping.
    init(_ entry: Entry, dialect: Dialect, allowed: String) throws(TopologyError) {
        try self.init(
            entry.node, path: entry.path, line: entry.line, file: entry.file, dialect: dialect,
            allowed: allowed)
    }

    /// Reads the document's root mapping.
    init(
        _ node: Node, path: String, line: Int?, file: String, dialect: Dialect, allowed: String
    ) throws(TopologyError) {
        self.path = path
        self.line = line
        self.file = file
        self.dialect = dialect
        entries = []
        if node.isNull { return }
        guard case .mapping(let mapping) = node else {
            var error = TopologyError(
                .wrongType, key: path.isEmpty ? "the file" : path, value: node.shown, allowed: allowed)
            error.file = file
            error.line = line ?? node.mark?.line
            throw error
        }
        for (key, value) in mapping {
            guard case .scalar(let scalar) = key else {
                var error = TopologyError(
                    .wrongType, key: "a key of \(path.isEmpty ? "the file" : path)", value: key.shown,
                    allowed: "a word")
                error.file = file
                error.line = key.mark?.line
                throw error
            }
            let path = path.isEmpty ? scalar.string : "\(path).\(scalar.string)"
            entries.append(
                Entry(key: scalar.string, path: path, node: value, line: scalar.mark?.line, file: file))
        }
    }

    /// Removes a key and returns what stands there.
    mutating func take(_ key: String) -> Entry? {
        guard let index = entries.firstIndex(where: { $0.key == key }) else { return nil }
        return entries.remove(at: index)
    }

    /// An error about a key that is not there.
    func missing(_ key: String, allowed: String) -> TopologyError {
        var error = TopologyError(
            .missingKey, key: path.isEmpty ? key : "\(path).\(key)", value: nil, allowed: allowed)
        error.file = file
        error.line = line
        return error
    }

    /// Refuses what has not been taken.
    func requireEmpty(allowed: String) throws(TopologyError) {
        guard let first = entries.first else { return }
        throw first.error(.unknownKey, allowed: allowed)
    }
}

extension Node {
    /// Whether nothing stands there: an empty plain scalar, `~` or `null`.
    var isNull: Bool {
        guard case .scalar(let scalar) = self, scalar.style == .plain || scalar.style == .any else {
            return false
        }
        return ["", "~", "null", "Null", "NULL"].contains(scalar.string)
    }

    /// Whether the scalar stands without quotes.
    var isPlain: Bool {
        guard case .scalar(let scalar) = self else { return false }
        return scalar.style == .plain || scalar.style == .any
    }

    /// What stands there, shortened, for messages.
    var shown: String {
        switch self {
        case .scalar(let scalar):
            if isNull { return "empty" }
            let text = scalar.string.prefix(80)
            return isPlain ? String(text) : "\"\(text)\""
        case .sequence: return "a list"
        case .mapping: return "a mapping"
        case .alias: return "an alias"
        }
    }
}
