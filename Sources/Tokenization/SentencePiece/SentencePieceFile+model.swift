extension SentencePieceFile {
    private var unknownID: Int32 {
        Int32(pieces.firstIndex { $0.kind == .unknown } ?? 0)
    }

    private func ids(of kinds: Set<PieceKind>) -> [Int32] {
        var ids: [Int32] = []
        ids.reserveCapacity(pieces.count { kinds.contains($0.kind) })
        for id in pieces.indices where kinds.contains(pieces[id].kind) { ids.append(Int32(id)) }
        return ids
    }

    private func text(_ id: Int32) -> ArraySlice<UInt8> { text(pieces[Int(id)]) }

    /// A tree of pieces, beside other tables of so many bytes.
    private func tree(of kinds: Set<PieceKind>, otherByteCount: Int) throws -> ByteTrie {
        let ids = ids(of: kinds)
        let textByteCount = ids.reduce(0) { $0 + text($1).count }
        let byteCountMax =
            tableByteCountMax - byteCount - otherByteCount - 12 * ids.count - textByteCount
        guard byteCountMax >= 0 else { throw TokenizerLimits.treeTooLarge(byteCountMax, path) }
        var strings = ByteStrings(count: ids.count, byteCount: textByteCount)
        for id in ids { strings.append(text(id)) }
        guard let tree = ByteTrie(strings, byteCountMax: byteCountMax, value: { ids[$0] }) else {
            throw TokenizerLimits.treeTooLarge(byteCountMax, path)
        }
        return tree
    }

    /// The model that the pieces make.
    func model() throws -> TokenModel {
        let textByteCount = pieces.reduce(0) { $0 + $1.text.count }
        let tableByteCount = Vocabulary.tableByteCount(
            tokenCount: pieces.count, byteCount: textByteCount, idEnd: pieces.count)
        try TokenizerLimits.check(
            tableByteCount: byteCount + tableByteCount, max: tableByteCountMax, path)
        var vocabulary = Vocabulary(
            tokenCountMax: pieces.count, byteCountMax: textByteCount, idEnd: pieces.count)
        for id in Int32(0)..<Int32(pieces.count) where !vocabulary.insert(text(id), id: id) {
            throw TokenizationError(
                .malformedFile,
                "pieces[\(id)]: the piece \"\(String(decoding: text(id), as: UTF8.self))\" is there twice")
        }
        return isUnigram ? .unigram(try unigram(vocabulary)) : .bytePairs(try bytePairs(vocabulary))
    }

    private func unigram(_ vocabulary: Vocabulary) throws -> UnigramModel {
        let normal = pieces.lazy.filter { $0.kind == .normal }.map(\.score)
        let highest = max(normal.max() ?? 0, .leastNormalMagnitude)
        // SentencePiece's score of a piece that must always win.
        let scores = pieces.map { piece in
            piece.kind == .userDefined
                ? Double(Float(piece.text.count) * highest) - 0.1 : Double(piece.score)
        }
        return UnigramModel(
            vocabulary: vocabulary,
            tokens: try tree(
                of: [.normal, .userDefined],
                otherByteCount: vocabulary.tableByteCount + 8 * pieces.count),
            scores: scores,
            lowestScore: Double(normal.min() ?? 0), unknownID: unknownID, usesByteFallback: usesByteFallback,
            sumPrecision: .single)
    }

    /// Two neighbours merge if together they are a piece, those with the highest score first; equal scores have
    /// equal ranks, so that the leftmost wins.
    private func bytePairs(_ vocabulary: Vocabulary) throws -> BytePairEncoding {
        // What follows takes 8 bytes a piece at a time.
        try TokenizerLimits.check(
            tableByteCount: byteCount + vocabulary.tableByteCount + 8 * pieces.count,
            max: tableByteCountMax, path)
        var order = ids(of: [.normal])
        order.sort { (pieces[Int($0)].score, $1) > (pieces[Int($1)].score, $0) }
        var count = 0
        forEachMerge(in: order, vocabulary) { _, _, _ in count += 1 }
        try TokenizerLimits.check(
            tableByteCount: byteCount + vocabulary.tableByteCount + 8 * pieces.count
                + MergeTable.tableByteCount(mergeCount: count) + BytePairEncoding.characterTableByteCount,
            max: tableByteCountMax, path)
        var table = MergeTable(mergeCountMax: count)
        forEachMerge(in: order, vocabulary) { table.insert(left: $0, right: $1, merge: $2) }
        let isNormal = pieces.map { $0.kind == .normal }
        return BytePairEncoding(
            vocabulary: vocabulary, merges: table,
            unknown: UnknownToken(
                name: String(decoding: text(unknownID), as: UTF8.self), id: unknownID),
            fusesUnknown: true, usesByteFallback: usesByteFallback, ignoresMerges: false,
            continuingSubwordPrefix: [], endOfWordSuffix: [],
            wholePieces: try tree(
                of: [.userDefined], otherByteCount: vocabulary.tableByteCount + table.tableByteCount),
            isCharacterToken: { isNormal[Int($0)] })
    }

    private func forEachMerge(
        in order: [Int32], _ vocabulary: Vocabulary,
        _ body: (_ left: Int32, _ right: Int32, MergeTable.Merge) -> Void
    ) {
        func normal(_ part: Span<UInt8>) -> Int32? {
            guard let id = vocabulary.id(of: part), pieces[Int(id)].kind == .normal else { return nil }
            return id
        }
        var rank: UInt32 = 0
        for (place, id) in order.enumerated() {
            let text = Array(text(id))
            if place > 0, pieces[Int(order[place - 1])].score != pieces[Int(id)].score { rank += 1 }
            for cut in text.indices.dropFirst() where text[cut] & 0xC0 != 0x80 {
                guard let left = normal(text.span.extracting(..<cut)),
                    let right = normal(text.span.extracting(cut...))
                else { continue }
                body(left, right, .init(rank: rank, mergedID: id))
            }
        }
    }

    /// The normalization, with the pieces that are kept from it.
    func normalizer(addsSpaceBeforeEachPart: Bool) throws -> Normalizer {
        var normalization = normalization
        normalization.userDefined = try tree(of: [.userDefined], otherByteCount: 0)
        normalization.addsSpaceBeforeEachPart = addsSpaceBeforeEachPart
        return .sentencePiece(normalization)
    }

    /// The control pieces, which are looked for in the text itself and left out of decoded text.
    func addedTokens() throws -> [AddedToken] {
        try AddedToken.checkCount(pieces.count { $0.kind == .control }, "\(path): the control pieces")
        return ids(of: [.control]).map { AddedToken(special: String(decoding: text($0), as: UTF8.self)) }
    }
}
