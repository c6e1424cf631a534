/// SentencePiece's unigram model: of all ways to cut a word into tokens, the one with the highest sum of
/// scores.
///
/// A character that no token covers costs ten more than the lowest score; neighbouring ones are one unknown
/// token, or their bytes' tokens where the vocabulary has them all.
struct UnigramModel: WordModel {
    let vocabulary: Vocabulary
    /// The beginnings of the tokens that may be taken.
    let prefixes: PrefixFilter
    let scores: UnigramScores
    let unknownScore: Double
    let unknownID: Int32?
    /// Ids of `<0x00>` ... `<0xFF>`, -1 where there is none; nil without byte fallback.
    let byteFallbackIDs: [Int32]?

    private static let unknownPenalty = 10.0

    /// A model of given parts; `lowestScore` is what an unknown character is measured by.
    init(
        vocabulary: Vocabulary, scores: UnigramScores, lowestScore: Double, unknownID: Int32?,
        usesByteFallback: Bool
    ) {
        self.vocabulary = vocabulary
        self.scores = scores
        self.unknownID = unknownID
        unknownScore = lowestScore - Self.unknownPenalty
        byteFallbackIDs = usesByteFallback ? ByteFallback.ids(in: vocabulary) : nil
        var prefixes = PrefixFilter(tokenCount: vocabulary.count)
        vocabulary.forEach { token, id in
            if scores.score(of: id, byteCount: token.count) != nil { prefixes.insert(token.span) }
        }
        self.prefixes = prefixes
    }

    /// Reads tokenizer.json's model, whose tokens are numbered in the order of the file.
    init(_ file: FileObject) throws {
        let entries = try file.array("vocab")
        let count = try entries.count()
        guard count <= TokenizerLimits.tokenIDMax + 1 else {
            throw file.fault("vocab", "has \(count) tokens; allowed are \(TokenizerLimits.tokenIDMax + 1)")
        }
        var byteCount = 0
        try entries.forEach { byteCount += try Self.tokenAndScore($1, at: $0, file).0.utf8.count }
        try TokenizerLimits.check(
            tableByteCount: Vocabulary.tableByteCount(tokenCount: count, byteCount: byteCount, idEnd: nil)
                + PrefixFilter.tableByteCount(tokenCount: count) + 8 * count,
            max: file.tableByteCountMax, file.path("vocab"))
        var vocabulary = Vocabulary(tokenCountMax: count, byteCountMax: byteCount, idEnd: nil)
        var scores: [Double] = []
        scores.reserveCapacity(count)
        try entries.forEach { index, entry in
            let (token, score) = try Self.tokenAndScore(entry, at: index, file)
            vocabulary.append(token.utf8)
            scores.append(score)
        }
        let unknownID: Int32? =
            try file.value("unk_id") == nil
            ? nil : Int32(try file.integer("unk_id", in: 0...max(0, count - 1)))
        if unknownID != nil, count == 0 { throw file.fault("unk_id", "names a token of an empty vocab") }
        self.init(
            vocabulary: vocabulary, scores: .double(scores), lowestScore: scores.min() ?? 0,
            unknownID: unknownID, usesByteFallback: try file.optionalBool("byte_fallback") ?? false)
    }

    /// How many bytes the tables take.
    var tableByteCount: Int {
        vocabulary.tableByteCount + scores.tableByteCount + prefixes.tableByteCount
    }

    /// A token is written as `["token", score]`.
    private static func tokenAndScore(
        _ entry: JSONValue, at index: Int, _ file: FileObject
    ) throws -> (String, Double) {
        guard case .array(let array) = entry, let pair = try array.elements(countMax: 2), pair.count == 2,
            case .string(let token) = pair[0],
            let score = pair[1].number, score.isFinite
        else { throw file.fault("vocab[\(index)]", "must be a token and its score, as [\"a\", -1.5]") }
        guard token.utf8.count <= TokenizerLimits.unigramTokenByteCountMax else {
            throw TokenizationError(
                .limitExceeded,
                "\(file.path("vocab[\(index)]")): the token has \(token.utf8.count) bytes; allowed are "
                    + "\(TokenizerLimits.unigramTokenByteCountMax)")
        }
        return (token, score)
    }

    func encode(_ word: Span<UInt8>, into ids: inout [Int32], memory: inout BestPath) throws {
        memory.find(in: word, by: self)
        try memory.forEachPart { range, id in
            if id >= 0 {
                ids.append(id)
            } else {
                try appendUnknown(word.extracting(range), to: &ids)
            }
        }
    }

    /// A run of characters that no token covers; it may still be a token as a whole, as the unknown token's
    /// own text is.
    private func appendUnknown(_ text: Span<UInt8>, to ids: inout [Int32]) throws {
        if !scores.areSingle, let id = vocabulary.id(of: text) {
            ids.append(id)
        } else if !ByteFallback.append(text, byteFallbackIDs, to: &ids) {
            guard let unknownID else {
                throw TokenizationError(
                    .encodingFailed, "the text needs an unknown token, and the model's unk_id is null")
            }
            ids.append(unknownID)
        }
    }
}
