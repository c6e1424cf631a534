extension BytePairEncoding<MergeTable> {
    /// Reads tokenizer.json's model.
    init(_ file: FileObject) throws {
        switch try file.value("dropout") {
        case nil, .integer(0), .real(0): break
        case .some: throw file.fault("dropout", "must be null or 0: ids must not depend on chance")
        }
        let vocabulary = try Vocabulary(try file.object("vocab"))
        let suffix = Array((try file.optionalString("end_of_word_suffix") ?? "").utf8)
        let prefix = Array((try file.optionalString("continuing_subword_prefix") ?? "").utf8)
        let unknown = try file.optionalString("unk_token").map { name in
            UnknownToken(name: name, id: vocabulary.id(of: name.utf8))
        }
        self.init(
            vocabulary: vocabulary,
            merges: try Self.merges(file, "merges", vocabulary, prefixByteCount: prefix.count),
            unknown: unknown,
            fusesUnknown: try file.optionalBool("fuse_unk") ?? false,
            usesByteFallback: try file.optionalBool("byte_fallback") ?? false,
            ignoresMerges: try file.optionalBool("ignore_merges") ?? false,
            continuingSubwordPrefix: prefix, endOfWordSuffix: suffix, wholePieces: ByteTrie(),
            isCharacterToken: { _ in true })
    }

    /// A model of characters that are all tokens.
    init(vocabulary: Vocabulary, merges: MergeTable, ignoresMerges: Bool) {
        self.init(
            vocabulary: vocabulary, merges: merges, unknown: nil, fusesUnknown: false,
            usesByteFallback: false, ignoresMerges: ignoresMerges, continuingSubwordPrefix: [],
            endOfWordSuffix: [],
            wholePieces: ByteTrie(), isCharacterToken: { _ in true })
    }

    /// The merges that are listed under a key.
    static func merges(
        _ file: FileObject, _ key: String, _ vocabulary: Vocabulary, prefixByteCount: Int
    ) throws -> MergeTable {
        let values = try file.array(key)
        return try merges(
            count: try values.count(), file.path(key), vocabulary, prefixByteCount: prefixByteCount,
            tableByteCountMax: file.tableByteCountMax
        ) { add in
            try values.forEach { rank, value in
                let (left, right) = try pair(value, file, "\(key)[\(rank)]")
                try add(left, right)
            }
        }
    }

    /// The table of merges that `forEach` gives to its body in the order of their ranks.
    static func merges(
        count: Int, _ path: String, _ vocabulary: Vocabulary, prefixByteCount: Int, tableByteCountMax: Int,
        forEach: ((_ left: [UInt8], _ right: [UInt8]) throws -> Void) throws -> Void
    ) throws -> MergeTable {
        guard count <= MergeTable.rankMax + 1 else {
            throw TokenizationError(
                .limitExceeded, "\(path): has \(count) merges; allowed are \(MergeTable.rankMax + 1)")
        }
        try TokenizerLimits.check(
            tableByteCount: MergeTable.tableByteCount(mergeCount: count) + vocabulary.tableByteCount
                + BytePairEncoding.characterTableByteCount,
            max: tableByteCountMax, path)
        var merges = MergeTable(mergeCountMax: count)
        var rank: UInt32 = 0
        try forEach { left, right in
            func id(of token: [UInt8]) throws -> Int32 {
                guard let id = vocabulary.id(of: token.span) else {
                    let name = TokenizationError.excerpt(String(decoding: token, as: UTF8.self))
                    throw TokenizationError(
                        .malformedFile, "\(path)[\(rank)]: \(name) is not in the vocabulary")
                }
                return id
            }
            merges.insert(
                left: try id(of: left), right: try id(of: right),
                merge: .init(rank: rank, mergedID: try id(of: left + right.dropFirst(prefixByteCount))))
            rank += 1
        }
        return merges
    }

    /// A merge is written as `"a b"` or as `["a", "b"]`.
    private static func pair(
        _ value: JSONValue, _ file: FileObject, _ key: @autoclosure () -> String
    ) throws -> (left: [UInt8], right: [UInt8]) {
        switch value {
        case .string(let text):
            let parts = text.utf8.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
            if parts.count == 2 { return (Array(parts[0]), Array(parts[1])) }
        case .array(let array):
            if let parts = try array.elements(countMax: 2), parts.count == 2,
                case .string(let left) = parts[0], case .string(let right) = parts[1]
            {
                return (Array(left.utf8), Array(right.utf8))
            }
        default: break
        }
        throw file.fault(key(), "must be two tokens, as \"a b\" or [\"a\", \"b\"]")
    }
}
