/// Text to token ids and back, as a model's `tokenizer.json` says; equal to Hugging Face `tokenizers`.
///
/// Nothing of it changes: any number of threads may encode and decode with one. A class because it has many tables,
/// each of which a copy would count a reference to. The file's truncation and padding are not applied: a server must
/// not shorten what it was given.
package final class Tokenizer: Sendable {
    let addedVocabulary: AddedVocabulary
    let normalizer: Normalizer?
    let preTokenizer: PreTokenizer?
    let model: TokenModel
    let vocabulary: Vocabulary
    let postProcessor: PostProcessor
    let decoder: Decoder
    private let wordCaches = WordCachePool()

    /// The id that starts a text, where the model has one: tokenizer_config.json's bos_token, else what the
    /// post-processor puts first.
    package let beginningOfTextID: Int32?
    /// The id that ends a text, where tokenizer_config.json names an eos_token.
    package let endOfTextID: Int32?
    /// The chat template (Jinja), where the model has one.
    package let chatTemplate: String?

    /// Puts a file's parts together.
    init(parts: TokenizerParts, config: TokenizerConfiguration?, chatTemplate: String?) throws {
        model = parts.model
        vocabulary = parts.model.vocabulary
        normalizer = parts.normalizer
        preTokenizer = parts.preTokenizer
        decoder = parts.decoder
        addedVocabulary = try AddedVocabulary(
            parts.addedTokens, vocabulary: vocabulary, normalizer: normalizer,
            byteCountMax: parts.tableByteCountMax - model.tableByteCount)

        let (added, vocabulary) = (addedVocabulary, vocabulary)
        func id(of token: String?) -> Int32? {
            token.map { Array($0.utf8) }.flatMap { added.id(of: $0) ?? vocabulary.id(of: $0) }
        }
        var postProcessor = parts.postProcessor
        let beginningOfTextID = id(of: config?.beginningOfText ?? parts.defaults.beginningOfText)
        endOfTextID = id(of: config?.endOfText ?? parts.defaults.endOfText)
        if postProcessor.isEmpty {
            // The file's own post-processor decides; only where it adds nothing the configuration's flags do.
            let addsBeginning = config?.addsBeginningOfText ?? parts.defaults.addsBeginningOfText
            let addsEnd = config?.addsEndOfText ?? parts.defaults.addsEndOfText
            let prefix = addsBeginning ? beginningOfTextID : nil
            let suffix = addsEnd ? endOfTextID : nil
            if prefix != nil || suffix != nil {
                postProcessor = PostProcessor(
                    prefix: prefix.map { [$0] } ?? [], suffix: suffix.map { [$0] } ?? [])
            }
        }
        self.postProcessor = postProcessor
        self.beginningOfTextID = beginningOfTextID ?? postProcessor.firstPrefixID
        self.chatTemplate = chatTemplate ?? config?.chatTemplate
    }

    /// One more than the highest id.
    package var vocabularyCount: Int { max(vocabulary.idEnd, Int(addedVocabulary.idMax) + 1) }

    /// The token of an id as the vocabulary writes it.
    package func token(for id: Int32) -> String? {
        tokenBytes(for: id).map { String(decoding: $0, as: UTF8.self) }
    }

    /// The id of a token as the vocabulary writes it.
    package func id(for token: String) -> Int32? {
        let bytes = Array(token.utf8)
        return addedVocabulary.id(of: bytes) ?? vocabulary.id(of: bytes)
    }

    /// Whether the id is one of the file's special tokens.
    package func isSpecial(_ id: Int32) -> Bool { addedVocabulary.isSpecial(id) }

    /// What the empty text encodes to, special tokens included.
    package func prefixIDs() -> [Int32] { postProcessor.applied(to: [], addSpecialTokens: true) }

    func tokenBytes(for id: Int32) -> ArraySlice<UInt8>? {
        addedVocabulary.token(for: id) ?? vocabulary.token(for: id)
    }

    // MARK: - Encoding

    /// The ids of a text.
    ///
    /// Throws if the text is longer than the named limit, or if it needs an unknown token that the vocabulary
    /// lacks.
    package func encode(_ text: String, addSpecialTokens: Bool = true) throws -> [Int32] {
        let bytes = Array(text.utf8)
        guard bytes.count <= TokenizerLimits.textByteCountMax else {
            throw TokenizationError(
                .limitExceeded,
                "the text has \(bytes.count) bytes; allowed are \(TokenizerLimits.textByteCountMax)")
        }
        let ids =
            switch model {
            case .bytePairs(let model): try encode(bytes, by: model)
            case .pieces(let model): try encode(bytes, by: model)
            case .wordPieces(let model): try encode(bytes, by: model)
            case .unigram(let model): try encode(bytes, by: model)
            case .words(let model): try encode(bytes, by: model)
            }
        return postProcessor.applied(to: ids, addSpecialTokens: addSpecialTokens)
    }

    private func encode(_ bytes: [UInt8], by model: some WordModel) throws -> [Int32] {
        let isShort = bytes.count <= TokenizerLimits.shortTextByteCountMax
        var words = WordEncoder(
            model: model, cache: isShort ? wordCaches.take() : WordCache(textByteCount: bytes.count))
        defer { if isShort { wordCaches.give(words.cache) } }
        for part in addedVocabulary.splitRaw(bytes) {
            switch part {
            case .token(let id): words.ids.append(id)
            case .text(let range):
                let raw = range.count == bytes.count ? bytes : Array(bytes[range])
                let isFirst = range.lowerBound == 0
                let normalized = try normalizer?.normalized(raw, startsText: isFirst) ?? raw
                let startsText = try isFirst && keepsStart(of: raw)
                try encode(normalized: normalized, startsText: startsText, with: &words)
            }
        }
        return words.ids
    }

    /// Whether normalization leaves something of the text's first character. If not, what comes first does not count
    /// as the start of the text, for the reference goes by the original's offsets.
    private func keepsStart(of text: [UInt8]) throws -> Bool {
        guard let normalizer, let lead = text.first else { return true }
        return try !normalizer.normalized(Array(text.prefix(UTF8Scan.sequenceByteCount(lead)))).isEmpty
    }

    private func encode(
        normalized text: [UInt8], startsText: Bool, with words: inout WordEncoder<some WordModel>
    ) throws {
        for part in addedVocabulary.splitNormalized(text) {
            switch part {
            case .token(let id): words.ids.append(id)
            case .text(let range):
                let bytes = range.count == text.count ? text : Array(text[range])
                var pieces = Pieces(bytes, startsText: startsText && range.lowerBound == 0)
                try preTokenizer?.split(&pieces)
                for range in pieces.ranges { try words.encode(pieces.bytes.span.extracting(range)) }
            }
        }
    }

    // MARK: - Decoding

    /// The text of the ids. Ids that the vocabulary lacks are passed over.
    package func decode(_ ids: some Sequence<Int32>, skipSpecialTokens: Bool) -> String {
        if decoder.joinsBytes { return decodeBytes(ids, skipSpecialTokens: skipSpecialTokens) }
        var decoding = decoder.makeDecoding()
        var text: [UInt8] = []
        var tokens = ByteStrings()
        for id in ids {
            guard let token = tokenBytes(for: id, skipSpecialTokens: skipSpecialTokens) else { continue }
            tokens.append(token)
            guard tokens.count == Self.decodedTokenCountMax else { continue }
            decoding.push(tokens, into: &text)
            tokens.removeAll()
        }
        decoding.push(tokens, into: &text)
        decoding.finish(into: &text)
        return String(decoding: text, as: UTF8.self)
    }

    /// How many tokens go through a decoder's stages together: few enough to stay in the processor's cache.
    private static let decodedTokenCountMax = 1024

    /// What the one stage of a byte-level decoder does, to all bytes at once.
    private func decodeBytes(_ ids: some Sequence<Int32>, skipSpecialTokens: Bool) -> String {
        var bytes: [UInt8] = []
        for id in ids {
            if addedVocabulary.mayHold(id) {
                guard let token = tokenBytes(for: id, skipSpecialTokens: skipSpecialTokens) else { continue }
                ByteAlphabet.appendDecoded(token, to: &bytes)
            } else if let token = vocabulary.token(for: id) {
                ByteAlphabet.appendDecoded(token, to: &bytes)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The bytes that an id contributes to decoding, or nil if it contributes nothing.
    func tokenBytes(for id: Int32, skipSpecialTokens: Bool) -> ArraySlice<UInt8>? {
        guard addedVocabulary.mayHold(id) else { return vocabulary.token(for: id) }
        if skipSpecialTokens, addedVocabulary.isSkipped(id) { return nil }
        return addedVocabulary.decodedToken(for: id) ?? tokenBytes(for: id)
    }
}
