extension SentencePieceFile {
    /// The model that the pieces make.
    func model() -> TokenModel { settings.isUnigram ? .unigram(unigram()) : .pieces(merging()) }

    private func unigram() -> UnigramModel {
        var lowest: Float = .infinity
        var highest: Float = .leastNormalMagnitude
        for score in scores where score.isFinite {
            lowest = min(lowest, score)
            highest = max(highest, score)
        }
        return UnigramModel(
            vocabulary: vocabulary, scores: .single(scores, highest: highest),
            lowestScore: lowest.isFinite ? Double(lowest) : 0, unknownID: unknownID,
            usesByteFallback: settings.usesByteFallback)
    }

    private func merging() -> BytePairEncoding<PieceMerges> {
        let merges = PieceMerges(vocabulary, scores: scores)
        return BytePairEncoding(
            vocabulary: vocabulary, merges: merges,
            unknown: UnknownToken(name: text(unknownID), id: unknownID),
            fusesUnknown: true, usesByteFallback: settings.usesByteFallback, ignoresMerges: false,
            continuingSubwordPrefix: [], endOfWordSuffix: [], wholePieces: userDefined,
            isCharacterToken: { merges.contains($0) })
    }

    /// The normalization, with the pieces that are kept from it.
    func normalizer(addsSpaceBeforeEachPart: Bool) -> Normalizer {
        var normalization = settings.normalization
        normalization.userDefined = userDefined
        normalization.addsSpaceBeforeEachPart = addsSpaceBeforeEachPart
        return .sentencePiece(normalization)
    }

    /// The control pieces, which are looked for in the text itself and left out of decoded text.
    func addedTokens() throws -> [AddedToken] {
        try AddedToken.checkCount(
            controlIDs.count, "\(path): the control pieces", tableByteCountMax: modelTableByteCountMax)
        return controlIDs.map { AddedToken(text($0), isSpecial: true) }
    }

    /// How many bytes the tables may have beside those of the normalization.
    var modelTableByteCountMax: Int {
        tableByteCountMax - (settings.normalization.map?.byteCount ?? 0) - userDefined.tableByteCount
    }
}
