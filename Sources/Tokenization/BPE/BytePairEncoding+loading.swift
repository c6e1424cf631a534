extension BytePairEncoding {
    /// Reads tokenizer.json's model.
    init(_ file: FileObject) throws {
        switch file.value("dropout") {
        case nil, .integer(0), .real(0): break
        case .some: throw file.fault("dropout", "must be null or 0: ids must not depend on chance")
        }
        let vocabulary = try Vocabulary(file)
        let suffix = Array((try file.optionalString("end_of_word_suffix") ?? "").utf8)
        let prefix = Array((try file.optionalString("continuing_subword_prefix") ?? "").utf8)
        let unknown = try file.optionalString("unk_token").map { name in
            UnknownToken(name: name, id: vocabulary.id(of: name.utf8))
        }
        self.init(
            vocabulary: vocabulary,
            merges: try Self.merges(file, vocabulary, prefixByteCount: prefix.count),
            unknown: unknown,
            fusesUnknown: try file.optionalBool("fuse_unk") ?? false,
            usesByteFallback: try file.optionalBool("byte_fallback") ?? false,
            ignoresMerges: try file.optionalBool("ignore_merges") ?? false,
            continuingSubwordPrefix: prefix, endOfWordSuffix: suffix, wholePieces: ByteTrie([]),
            isCharacterToken: { _ in true })
    }

    private static func merges(
        _ file: FileObject, _ vocabulary: Vocabulary, prefixByteCount: Int
    ) throws -> MergeTable {
        let values = try file.array("merges")
        var merges = MergeTable(mergeCountMax: values.count)
        for (rank, value) in values.enumerated() {
            let (left, right) = try pair(value, at: rank, file)
            func id(of token: [UInt8]) throws -> Int32 {
                guard let id = vocabulary.id(of: token) else {
                    let name = String(decoding: token, as: UTF8.self)
                    throw file.fault("merges[\(rank)]", "\"\(name)\" is not in the vocabulary")
                }
                return id
            }
            merges.insert(
                left: try id(of: left), right: try id(of: right),
                merge: .init(
                    rank: UInt32(rank), mergedID: try id(of: left + right.dropFirst(prefixByteCount))))
        }
        return merges
    }

    /// A merge is written as `"a b"` or as `["a", "b"]`.
    private static func pair(
        _ value: JSONValue, at rank: Int, _ file: FileObject
    ) throws -> (left: [UInt8], right: [UInt8]) {
        switch value {
        case .string(let text):
            let parts = text.utf8.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
            if parts.count == 2 { return (Array(parts[0]), Array(parts[1])) }
        case .array(let parts):
            if parts.count == 2, case .string(let left) = parts[0], case .string(let right) = parts[1] {
                return (Array(left.utf8), Array(right.utf8))
            }
        default: break
        }
        throw file.fault("merges[\(rank)]", "must be two tokens, as \"a b\" or [\"a\", \"b\"]")
    }
}
