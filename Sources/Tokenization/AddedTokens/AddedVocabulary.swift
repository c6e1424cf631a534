/// The added tokens with their ids, and the splitting of texts at them.
struct AddedVocabulary: Sendable {
    /// A part of a text: an added token, or bytes in between.
    enum Part: Equatable {
        case token(Int32)
        case text(Range<Int>)
    }

    /// A token with its id and what it adds to decoded text.
    private struct Entry: Sendable {
        let token: AddedToken
        let id: Int32
        var decoded: [UInt8] = []
        /// Whether decoding leaves it out when it is told to.
        var isSkipped = false
    }

    /// In the order in which they are looked for.
    private var entries: [Entry] = []
    /// The place in `entries` of each id.
    private var placeByID: [Int32: Int32] = [:]
    private var idByContent: [[UInt8]: Int32] = [:]
    private var specialIDs: Set<Int32> = []
    private var rawTrie = ByteTrie()
    private var normalizedTrie = ByteTrie()
    /// The highest id of an added token, or -1.
    private(set) var idMax: Int32 = -1
    /// The lowest one: most ids are told apart from added tokens by these two.
    private var idMin = Int32.max

    /// Numbers the tokens as `tokenizers` does, whatever ids the file declares: a token of the model keeps
    /// its id, others follow the highest id of an added token or the model's token count, whichever is more.
    ///
    /// What they take may be up to `byteCountMax` bytes.
    init(
        _ tokens: [AddedToken], vocabulary: Vocabulary, normalizer: Normalizer?, byteCountMax: Int
    ) throws {
        let byteCount = tokens.reduce(0) { $0 + $1.content.utf8.count }
        guard byteCount <= TokenizerLimits.addedTokensByteCountMax else {
            throw TokenizationError(
                .limitExceeded,
                "the added tokens have \(byteCount) bytes together; allowed are "
                    + "\(TokenizerLimits.addedTokensByteCountMax)")
        }
        let tableByteCount = AddedToken.tableByteCount(tokenCount: tokens.count, byteCount: byteCount)
        try TokenizerLimits.check(
            tableByteCount: tableByteCount, max: byteCountMax, "the added tokens")
        enter(tokens, vocabulary)
        let specialContents = Set(
            entries.filter { specialIDs.contains($0.id) }.map { Array($0.token.content.utf8) })
        var (raw, normalized) = (ByteStrings(), ByteStrings())
        var (rawPlaces, normalizedPlaces): ([Int32], [Int32]) = ([], [])
        // Where two tokens have one form, the first entered is found: the last in a tree.
        for place in entries.indices.reversed() {
            let token = entries[place].token
            var form = Array(token.content.utf8)
            if token.isNormalized, let normalizer { form = try normalizer.normalized(form) }
            if token.isNormalized {
                normalized.append(form)
                normalizedPlaces.append(Int32(place))
            } else {
                raw.append(form)
                rawPlaces.append(Int32(place))
            }
            entries[place].isSkipped = specialContents.contains(form)
            entries[place].decoded = form
        }
        let treeByteCountMax = byteCountMax - tableByteCount
        rawTrie = try Self.tree(raw, rawPlaces, byteCountMax: treeByteCountMax)
        normalizedTrie = try Self.tree(
            normalized, normalizedPlaces, byteCountMax: treeByteCountMax - rawTrie.tableByteCount)
    }

    /// Gives each token its id. Of several with one id the last counts; special ones come first.
    private mutating func enter(_ tokens: [AddedToken], _ vocabulary: Vocabulary) {
        var tokenByID: [Int32: Int] = [:]
        for (place, token) in tokens.enumerated() where !token.content.isEmpty {
            let key = Array(token.content.utf8)
            let id =
                idByContent[key] ?? vocabulary.id(of: key.span) ?? max(idMax + 1, Int32(vocabulary.count))
            idByContent[key] = id
            idMax = max(idMax, id)
            idMin = min(idMin, id)
            if token.isSpecial { specialIDs.insert(id) }
            tokenByID[id] = place
        }
        let last = tokenByID.sorted { $0.value < $1.value }
        for isSpecial in [true, false] {
            for (id, place) in last where tokens[place].isSpecial == isSpecial {
                placeByID[id] = Int32(entries.count)
                entries.append(Entry(token: tokens[place], id: id))
            }
        }
    }

    private static func tree(
        _ forms: ByteStrings, _ places: [Int32], byteCountMax: Int
    ) throws -> ByteTrie {
        guard !forms.isEmpty else { return ByteTrie() }
        guard let tree = ByteTrie(forms, byteCountMax: byteCountMax, value: { places[$0] }) else {
            throw TokenizerLimits.treeTooLarge(byteCountMax, "the added tokens")
        }
        return tree
    }

    private func entry(of id: Int32) -> Entry? { placeByID[id].map { entries[Int($0)] } }

    /// Whether an id may be an added token's.
    func mayHold(_ id: Int32) -> Bool { id >= idMin && id <= idMax }

    /// The bytes of an added token.
    func token(for id: Int32) -> ArraySlice<UInt8>? {
        entry(of: id).map { Array($0.token.content.utf8)[...] }
    }

    func id(of token: [UInt8]) -> Int32? { idByContent[token] }

    func isSpecial(_ id: Int32) -> Bool { specialIDs.contains(id) }

    /// What an added token adds to decoded text, or nil for other ids.
    ///
    /// As in `tokenizers` 0.23 a normalized token decodes to its normalized form (`<s>` of Llama 2 to
    /// `▁<s>`), and is left out only if this form is a special token's content. Versions before 0.23 took the
    /// content itself in both places.
    func decodedToken(for id: Int32) -> ArraySlice<UInt8>? { entry(of: id)?.decoded[...] }

    /// Whether decoding leaves the token out when it skips special tokens.
    func isSkipped(_ id: Int32) -> Bool { entry(of: id)?.isSkipped ?? false }

    /// Splits a raw text at the tokens that are not normalized.
    func splitRaw(_ text: [UInt8]) -> [Part] { split(text, by: rawTrie) }

    /// Splits a normalized text at the tokens that are.
    func splitNormalized(_ text: [UInt8]) -> [Part] { split(text, by: normalizedTrie) }

    private func split(_ text: [UInt8], by trie: ByteTrie) -> [Part] {
        var parts: [Part] = []
        var textStart = 0
        var searchStart = 0
        while let match = trie.firstMatch(in: text.span, from: searchStart) {
            searchStart = match.range.upperBound
            let (token, id) = (entries[Int(match.value)].token, entries[Int(match.value)].id)
            if token.isSingleWord, touchesWord(match.range, in: text) { continue }
            var start = match.range.lowerBound
            var end = match.range.upperBound
            if token.stripsLeft { start = max(whitespaceStart(before: start, in: text), textStart) }
            if token.stripsRight { end = whitespaceEnd(after: end, in: text) }
            if textStart < start { parts.append(.text(textStart..<start)) }
            parts.append(.token(id))
            textStart = end
        }
        if textStart < text.count { parts.append(.text(textStart..<text.count)) }
        return parts
    }

    private func touchesWord(_ range: Range<Int>, in text: [UInt8]) -> Bool {
        let before = UTF8Scan.lastScalar(of: text[..<range.lowerBound])
        let after = UTF8Scan.firstScalar(of: text[range.upperBound...])
        return [before, after].contains { $0.map(UTF8Scan.isWordCharacter) ?? false }
    }

    private func whitespaceStart(before end: Int, in text: [UInt8]) -> Int {
        var start = end
        while let scalar = UTF8Scan.lastScalar(of: text[..<start]), UTF8Scan.isWhitespace(scalar) {
            start -= String(scalar).utf8.count
        }
        return start
    }

    private func whitespaceEnd(after start: Int, in text: [UInt8]) -> Int {
        var end = start
        while let scalar = UTF8Scan.firstScalar(of: text[end...]), UTF8Scan.isWhitespace(scalar) {
            end += String(scalar).utf8.count
        }
        return end
    }
}
