/// The added tokens with their ids, and the splitting of texts at them.
struct AddedVocabulary: Sendable {
    /// A part of a text: an added token, or bytes in between.
    enum Part: Equatable {
        case token(Int32)
        case text(Range<Int>)
    }

    private var contents: [Int32: [UInt8]] = [:]
    /// What a token adds to decoded text.
    private var decodedContents: [Int32: [UInt8]] = [:]
    /// Tokens that decoding leaves out when it is told to.
    private var skippedIDs: Set<Int32> = []
    private var ids: [[UInt8]: Int32] = [:]
    private var specialIDs: Set<Int32> = []
    private var matchable: [(token: AddedToken, id: Int32)] = []
    private var rawTrie = ByteTrie([])
    private var normalizedTrie = ByteTrie([])
    /// The highest id of an added token, or -1.
    private(set) var idMax: Int32 = -1
    /// The lowest one: most ids are told apart from added tokens by these two.
    private var idMin = Int32.max

    /// Numbers the tokens as `tokenizers` does, whatever ids the file declares: a token of the model keeps
    /// its id, others follow the highest id of an added token or the model's token count, whichever is more.
    init(_ tokens: [AddedToken], vocabulary: Vocabulary, normalizer: Normalizer?) throws {
        for token in tokens where !token.content.isEmpty {
            let key = Array(token.content.utf8)
            let id = ids[key] ?? vocabulary.id(of: key) ?? max(idMax + 1, Int32(vocabulary.count))
            ids[key] = id
            contents[id] = key
            idMax = max(idMax, id)
            idMin = min(idMin, id)
            if token.isSpecial { specialIDs.insert(id) }
            matchable.removeAll { $0.id == id }
            matchable.append((token, id))
        }
        // Special tokens come first: where two tokens have one normalized form, the first entered is found.
        matchable = matchable.filter { $0.token.isSpecial } + matchable.filter { !$0.token.isSpecial }
        var rawForms: [(bytes: ArraySlice<UInt8>, value: Int32)] = []
        var normalizedForms = rawForms
        let specialContents = Set(specialIDs.compactMap { contents[$0] })
        for (index, entry) in matchable.enumerated() {
            let raw = Array(entry.token.content.utf8)
            let form = entry.token.isNormalized ? try normalizer?.normalized(raw) ?? raw : raw
            if entry.token.isNormalized {
                normalizedForms.append((form[...], Int32(index)))
            } else {
                rawForms.append((form[...], Int32(index)))
            }
            decodedContents[entry.id] = form
            if specialContents.contains(form) { skippedIDs.insert(entry.id) }
        }
        rawTrie = ByteTrie(rawForms.reversed())
        normalizedTrie = ByteTrie(normalizedForms.reversed())
    }

    /// Whether an id may be an added token's.
    func mayHold(_ id: Int32) -> Bool { id >= idMin && id <= idMax }

    /// The bytes of an added token.
    func token(for id: Int32) -> [UInt8]? { contents[id] }

    func id(of token: [UInt8]) -> Int32? { ids[token] }

    func isSpecial(_ id: Int32) -> Bool { specialIDs.contains(id) }

    /// What an added token adds to decoded text, or nil for other ids.
    ///
    /// As in `tokenizers` 0.23 a normalized token decodes to its normalized form (`<s>` of Llama 2 to
    /// `▁<s>`), and is left out only if this form is a special token's content. Versions before 0.23 took the
    /// content itself in both places.
    func decodedToken(for id: Int32) -> [UInt8]? { decodedContents[id] }

    /// Whether decoding leaves the token out when it skips special tokens.
    func isSkipped(_ id: Int32) -> Bool { skippedIDs.contains(id) }

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
            let (token, id) = matchable[Int(match.value)]
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
