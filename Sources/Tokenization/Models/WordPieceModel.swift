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
        vocabulary = try Vocabulary(file)
        let name = try file.string("unk_token")
        unknown = UnknownToken(name: name, id: vocabulary.id(of: name.utf8))
        characterCountMax = try file.integer("max_input_chars_per_word", in: 0...Int.max)
        let prefix = Array(try file.string("continuing_subword_prefix").utf8)
        var tokens: [(bytes: ArraySlice<UInt8>, value: Int32)] = []
        vocabulary.forEach { tokens.append(($0, $1)) }
        wordStarts = ByteTrie(tokens)
        continuations = ByteTrie(
            tokens.filter { $0.bytes.starts(with: prefix) }.map {
                ($0.bytes.dropFirst(prefix.count), $0.value)
            })
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
