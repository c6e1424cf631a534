/// A byte-pair encoding model: characters become symbols, and the neighbours with the lowest rank merge until
/// none can.
///
/// Equal to `tokenizers`' BPE without dropout. A character that is no token becomes its bytes' tokens if all
/// of them exist and `usesByteFallback` is set, else the unknown token, else nothing.
struct BytePairEncoding: Sendable {
    let vocabulary: Vocabulary
    let merges: MergeTable
    let unknown: UnknownToken?
    /// Ids of `<0x00>` ... `<0xFF>`, -1 where there is none; nil without byte fallback.
    let byteFallbackIDs: [Int32]?
    /// Whether a word that is a token as a whole is taken as that token, whatever the merges say.
    let ignoresMerges: Bool
    /// Put before every character but a word's first, and after a word's last, before they are looked up.
    let continuingSubwordPrefix: [UInt8]
    let endOfWordSuffix: [UInt8]
    /// Ids of the tokens that are one character below U+10000, by scalar value, else -1.
    private let characterIDs: [Int32]

    /// The token that stands for a character the vocabulary lacks.
    struct UnknownToken: Sendable {
        let name: String
        /// Nil if the vocabulary lacks even this one; then a text that needs it cannot be encoded.
        let id: Int32?
        /// Whether neighbouring unknown characters become one token.
        let isFused: Bool
    }

    init(
        vocabulary: Vocabulary, merges: MergeTable, unknown: UnknownToken?, usesByteFallback: Bool,
        ignoresMerges: Bool, continuingSubwordPrefix: [UInt8], endOfWordSuffix: [UInt8]
    ) {
        self.vocabulary = vocabulary
        self.merges = merges
        self.unknown = unknown
        self.ignoresMerges = ignoresMerges
        self.continuingSubwordPrefix = continuingSubwordPrefix
        self.endOfWordSuffix = endOfWordSuffix
        byteFallbackIDs =
            usesByteFallback
            ? (0...255).map { vocabulary.id(of: ByteFallback.tokenBytes(for: $0)) ?? -1 } : nil
        var characterIDs = [Int32](repeating: -1, count: 0x10000)
        vocabulary.forEach { token, id in
            guard let (scalar, byteCount) = UTF8Scan.scalar(in: token.span, at: 0), byteCount == token.count,
                scalar < 0x10000
            else { return }
            characterIDs[Int(scalar)] = id
        }
        self.characterIDs = characterIDs
    }

    /// Appends the ids of one word (UTF-8) to `ids`.
    func encode(_ word: Span<UInt8>, into ids: inout [Int32], memory: inout MergeMemory) throws {
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
        let isPlain = continuingSubwordPrefix.isEmpty && endOfWordSuffix.isEmpty
        var pendingUnknownID: Int32?
        var offset = 0
        while offset < word.count {
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
            } else if !appendBytes(of: key(of: character, at: offset, wordByteCount: word.count), to: &ids),
                let unknown
            {
                // Bytes do not flush an unknown token that came before them: so it is in the reference.
                if let unknownID = pendingUnknownID, !unknown.isFused { ids.append(unknownID) }
                pendingUnknownID = try requiredID(of: unknown)
            }
            offset += byteCount
        }
        if let unknownID = pendingUnknownID { ids.append(unknownID) }
    }

    private func requiredID(of unknown: UnknownToken) throws -> Int32 {
        guard let id = unknown.id else {
            throw TokenizationError(
                .encodingFailed,
                "the text needs the unknown token \"\(unknown.name)\", which the vocabulary does not hold")
        }
        return id
    }

    private func key(of character: Span<UInt8>, at offset: Int, wordByteCount: Int) -> [UInt8] {
        var key = offset > 0 ? continuingSubwordPrefix : []
        for index in 0..<character.count { key.append(character[index]) }
        if offset + character.count == wordByteCount { key += endOfWordSuffix }
        return key
    }

    private func appendBytes(of key: [UInt8], to ids: inout [Int32]) -> Bool {
        guard let byteFallbackIDs, key.allSatisfy({ byteFallbackIDs[Int($0)] >= 0 }) else { return false }
        for byte in key { ids.append(byteFallbackIDs[Int(byte)]) }
        return true
    }
}
