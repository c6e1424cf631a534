/// A byte-pair encoding model: characters become symbols, and the neighbours with the lowest rank merge until
/// none can.
///
/// Equal to `tokenizers`' BPE without dropout. A character that is no token becomes its bytes' tokens if all
/// of them exist and `usesByteFallback` is set, else the unknown token, else nothing.
struct BytePairEncoding<Merges: PairMerges>: WordModel {
    let vocabulary: Vocabulary
    let merges: Merges
    /// The token for a character that the vocabulary lacks.
    let unknown: UnknownToken?
    /// Whether neighbouring unknown characters become one token.
    let fusesUnknown: Bool
    /// Ids of `<0x00>` ... `<0xFF>`, -1 where there is none; nil without byte fallback.
    let byteFallbackIDs: [Int32]?
    /// Whether a word that is a token as a whole is taken as that token, whatever the merges say.
    let ignoresMerges: Bool
    /// Put before every character but a word's first, and after a word's last, before they are looked up.
    let continuingSubwordPrefix: [UInt8]
    let endOfWordSuffix: [UInt8]
    /// Pieces that are one symbol each where they occur and merge with nothing.
    let wholePieces: ByteTrie
    let wordStart: [UInt8]?
    /// Ids of the tokens that are one character below U+10000, by scalar value, else -1.
    private let characterIDs: [Int32]
    static var characterTableByteCount: Int { 4 << 16 }

    /// How many bytes the tables take.
    var tableByteCount: Int {
        vocabulary.tableByteCount + merges.tableByteCount + Self.characterTableByteCount
            + wholePieces.tableByteCount
    }

    init(
        vocabulary: Vocabulary, merges: Merges, unknown: UnknownToken?, fusesUnknown: Bool,
        usesByteFallback: Bool, ignoresMerges: Bool, continuingSubwordPrefix: [UInt8],
        endOfWordSuffix: [UInt8], wholePieces: ByteTrie, isCharacterToken: (Int32) -> Bool
    ) {
        self.vocabulary = vocabulary
        self.merges = merges
        self.unknown = unknown
        self.fusesUnknown = fusesUnknown
        self.ignoresMerges = ignoresMerges
        self.continuingSubwordPrefix = continuingSubwordPrefix
        self.endOfWordSuffix = endOfWordSuffix
        self.wholePieces = wholePieces
        byteFallbackIDs = usesByteFallback ? ByteFallback.ids(in: vocabulary) : nil
        var characterIDs = [Int32](repeating: -1, count: 0x10000)
        vocabulary.forEach { token, id in
            guard let (scalar, byteCount) = UTF8Scan.scalar(in: token.span, at: 0), byteCount == token.count,
                scalar < 0x10000, isCharacterToken(id)
            else { return }
            characterIDs[Int(scalar)] = id
        }
        self.characterIDs = characterIDs
        wordStart =
            continuingSubwordPrefix.isEmpty && endOfWordSuffix.isEmpty && !ignoresMerges
            ? Self.wordStart(of: vocabulary, characterIDs) : nil
    }

    private var isPlain: Bool { continuingSubwordPrefix.isEmpty && endOfWordSuffix.isEmpty }

    /// U+2581, if it is a token and no token has it after another character.
    private static func wordStart(of vocabulary: Vocabulary, _ characterIDs: [Int32]) -> [UInt8]? {
        let mark = SentencePieceNormalization.visibleSpace
        guard characterIDs[0x2581] >= 0 else { return nil }
        let pattern = TextPattern.literal(mark)
        var isFree = true
        vocabulary.forEach { token, _ in
            var rest = token
            while rest.starts(with: mark) { rest = rest.dropFirst(mark.count) }
            if pattern.firstLiteralMatch(in: rest) != nil { isFree = false }
        }
        return isFree ? mark : nil
    }

    /// Appends the ids of one word (UTF-8) to `ids`.
    func encode(_ word: Span<UInt8>, into ids: inout [Int32], memory: inout MergeMemory<Merges>) throws {
        guard !word.isEmpty else { return }
        if ignoresMerges, let id = vocabulary.id(of: word) {
            ids.append(id)
            return
        }
        let firstSymbol = ids.count
        try appendSymbols(of: word, to: &ids)
        memory.mergeSymbols(of: &ids, from: firstSymbol, by: merges)
    }

    // MARK: - Symbols

    private func appendSymbols(of word: Span<UInt8>, to ids: inout [Int32]) throws {
        let isPlain = isPlain
        let hasWholePieces = !wholePieces.isEmpty
        var pendingUnknownID: Int32?
        var offset = 0
        while offset < word.count {
            if hasWholePieces, let piece = wholePieces.longestMatch(in: word, at: offset) {
                if let unknownID = pendingUnknownID { ids.append(unknownID) }
                pendingUnknownID = nil
                ids.append(piece.value)
                offset = piece.end
                continue
            }
            guard let (scalar, byteCount) = UTF8Scan.scalar(in: word, at: offset) else {
                preconditionFailure("a word is valid UTF-8")
            }
            let character = word.extracting(offset..<offset + byteCount)
            let id: Int32? =
                if isPlain, scalar < 0x10000 {
                    characterIDs[Int(scalar)] < 0 ? nil : characterIDs[Int(scalar)]
                } else {
                    vocabulary.id(of: key(of: character, at: offset, wordByteCount: word.count).span)
                }
            if let id {
                if let unknownID = pendingUnknownID { ids.append(unknownID) }
                pendingUnknownID = nil
                ids.append(id)
            } else if !ByteFallback.append(
                key(of: character, at: offset, wordByteCount: word.count).span, byteFallbackIDs, to: &ids),
                let unknown
            {
                // Bytes do not flush an unknown token that came before them: so it is in the reference.
                if let unknownID = pendingUnknownID, !fusesUnknown { ids.append(unknownID) }
                pendingUnknownID = try unknown.requiredID()
            }
            offset += byteCount
        }
        if let unknownID = pendingUnknownID { ids.append(unknownID) }
    }

    private func key(of character: Span<UInt8>, at offset: Int, wordByteCount: Int) -> [UInt8] {
        var key = offset > 0 ? continuingSubwordPrefix : []
        for index in 0..<character.count { key.append(character[index]) }
        if offset + character.count == wordByteCount { key += endOfWordSuffix }
        return key
    }
}
