/// BERT's model: a word is cut into the longest tokens from its start on; those inside a word are written with
/// a prefix.
///
/// A word that has too many characters, or that cannot be cut, is one unknown token as a whole.
struct WordPieceModel: WordModel {
    let vocabulary: Vocabulary
    private let unknown: UnknownToken
    private let characterCountMax: Int
    /// All tokens.
    private let wordStarts: ByteTrie
    /// The tokens with the prefix, without it.
    private let continuations: ByteTrie

    init(_ file: FileObject) throws {
        vocabulary = try Vocabulary(try file.object("vocab"))
        let name = try file.string("unk_token")
        unknown = UnknownToken(name: name, id: vocabulary.id(of: name.utf8))
        characterCountMax = try file.integer("max_input_chars_per_word", in: 0...Int.max)
        let prefix = Array(try file.string("continuing_subword_prefix").utf8)
        let (vocabulary, tokens) = (vocabulary, vocabulary.tokens)
        var (tailCount, tailByteCount) = (0, 0)
        for entry in tokens.indices where tokens[entry].starts(with: prefix) {
            tailCount += 1
            tailByteCount += tokens[entry].count - prefix.count
        }
        let otherByteCount = vocabulary.tableByteCount + 8 * tailCount + tailByteCount
        try TokenizerLimits.check(
            tableByteCount: otherByteCount, max: file.tableByteCountMax, file.path("vocab"))
        var tails = ByteStrings(count: tailCount, byteCount: tailByteCount)
        var tailIDs: [Int32] = []
        tailIDs.reserveCapacity(tailCount)
        for entry in tokens.indices where tokens[entry].starts(with: prefix) {
            tails.append(tokens[entry].dropFirst(prefix.count))
            tailIDs.append(vocabulary.id(ofEntry: entry))
        }
        let treeByteCountMax = file.tableByteCountMax - otherByteCount
        guard
            let wordStarts = ByteTrie(
                tokens, byteCountMax: treeByteCountMax, value: { vocabulary.id(ofEntry: $0) }),
            let continuations = ByteTrie(
                tails, byteCountMax: treeByteCountMax - wordStarts.tableByteCount,
                value: { tailIDs[$0] })
        else { throw TokenizerLimits.treeTooLarge(treeByteCountMax, file.path("vocab")) }
        self.wordStarts = wordStarts
        self.continuations = continuations
    }

    /// How many bytes the tables take.
    var tableByteCount: Int {
        vocabulary.tableByteCount + wordStarts.tableByteCount + continuations.tableByteCount
    }

    func encode(_ word: Span<UInt8>, into ids: inout [Int32], memory: inout NoMemory) throws {
        let first = ids.count
        guard UTF8Scan.scalarCount(of: word) <= characterCountMax else {
            ids.append(try unknown.requiredID())
            return
        }
        var match = wordStarts.longestMatch(in: word, at: 0)
        while let found = match {
            ids.append(found.value)
            if found.end == word.count { return }
            match = continuations.longestMatch(in: word, at: found.end)
        }
        ids.removeSubrange(first...)
        ids.append(try unknown.requiredID())
    }
}
