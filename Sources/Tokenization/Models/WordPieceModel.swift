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
        var tails = ByteStrings()
        var tailIDs: [Int32] = []
        for entry in tokens.indices where tokens[entry].starts(with: prefix) {
            tails.append(tokens[entry].dropFirst(prefix.count))
            tailIDs.append(vocabulary.id(ofEntry: entry))
        }
        let tableByteCount =
            Vocabulary.tableByteCount(tokenCount: tokens.count, byteCount: tokens.bytes.count)
            + ByteTrie.stringByteCount * tokens.count + 8 * tails.count + tails.bytes.count
        let nodeCountMax = TokenizerLimits.nodeCountMax(
            otherTableByteCount: tableByteCount, fileByteCount: file.fileByteCount)
        guard
            let wordStarts = ByteTrie(
                tokens, nodeCountMax: nodeCountMax, value: { vocabulary.id(ofEntry: $0) }),
            let continuations = ByteTrie(
                tails, nodeCountMax: nodeCountMax - wordStarts.nodeCount, value: { tailIDs[$0] })
        else { throw TokenizerLimits.tooManyNodes(nodeCountMax, file.path("vocab")) }
        self.wordStarts = wordStarts
        self.continuations = continuations
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
