extension SentencePieceFile {
    private var unknownID: Int32 {
        Int32(pieces.firstIndex { $0.kind == .unknown } ?? 0)
    }

    private func ids(of kinds: Set<PieceKind>) -> [Int32] {
        pieces.indices.filter { kinds.contains(pieces[$0].kind) }.map { Int32($0) }
    }

    private func strings(_ ids: [Int32]) -> [(bytes: ArraySlice<UInt8>, value: Int32)] {
        ids.map { (pieces[Int($0)].text[...], $0) }
    }

    /// The model that the pieces make.
    func model() throws -> TokenModel {
        var vocabulary = Vocabulary(tokenCountMax: pieces.count)
        for (id, piece) in pieces.enumerated() where !vocabulary.insert(piece.text, id: Int32(id)) {
            throw TokenizationError(
                .malformedFile,
                "pieces[\(id)]: the piece \"\(String(decoding: piece.text, as: UTF8.self))\" is there twice")
        }
        return isUnigram ? .unigram(unigram(vocabulary)) : .bytePairs(bytePairs(vocabulary))
    }

    private func unigram(_ vocabulary: Vocabulary) -> UnigramModel {
        let normal = pieces.filter { $0.kind == .normal }.map(\.score)
        let highest = max(normal.max() ?? 0, .leastNormalMagnitude)
        // SentencePiece's score of a piece that must always win.
        let scores = pieces.map { piece in
            piece.kind == .userDefined
                ? Double(Float(piece.text.count) * highest) - 0.1 : Double(piece.score)
        }
        return UnigramModel(
            vocabulary: vocabulary, tokens: ByteTrie(strings(ids(of: [.normal, .userDefined]))),
            scores: scores,
            lowestScore: Double(normal.min() ?? 0), unknownID: unknownID, usesByteFallback: usesByteFallback,
            sumPrecision: .single)
    }

    /// Two neighbours merge if together they are a piece, those with the highest score first; equal scores have
    /// equal ranks, so that the leftmost wins.
    private func bytePairs(_ vocabulary: Vocabulary) -> BytePairEncoding {
        let normal = ids(of: [.normal])
        let order = normal.sorted { (pieces[Int($0)].score, $1) > (pieces[Int($1)].score, $0) }
        let isNormal = pieces.map { $0.kind == .normal }
        var merges: [(left: Int32, right: Int32, merge: MergeTable.Merge)] = []
        var rank: UInt32 = 0
        for (place, id) in order.enumerated() {
            let text = pieces[Int(id)].text
            if place > 0, pieces[Int(order[place - 1])].score != pieces[Int(id)].score { rank += 1 }
            for cut in text.indices.dropFirst() where text[cut] & 0xC0 != 0x80 {
                guard let left = vocabulary.id(of: text.span.extracting(..<cut)), isNormal[Int(left)],
                    let right = vocabulary.id(of: text.span.extracting(cut...)), isNormal[Int(right)]
                else { continue }
                merges.append((left, right, .init(rank: rank, mergedID: id)))
            }
        }
        var table = MergeTable(mergeCountMax: merges.count)
        for merge in merges { table.insert(left: merge.left, right: merge.right, merge: merge.merge) }
        return BytePairEncoding(
            vocabulary: vocabulary, merges: table,
            unknown: UnknownToken(
                name: String(decoding: pieces[Int(unknownID)].text, as: UTF8.self), id: unknownID),
            fusesUnknown: true, usesByteFallback: usesByteFallback, ignoresMerges: false,
            continuingSubwordPrefix: [], endOfWordSuffix: [],
            wholePieces: ByteTrie(strings(ids(of: [.userDefined]))),
            isCharacterToken: { isNormal[Int($0)] })
    }

    /// The normalization, with the pieces that are kept from it.
    func normalizer(addsSpaceBeforeEachPart: Bool) -> Normalizer {
        var normalization = normalization
        normalization.userDefined = ByteTrie(strings(ids(of: [.userDefined])))
        normalization.addsSpaceBeforeEachPart = addsSpaceBeforeEachPart
        return .sentencePiece(normalization)
    }

    /// The control pieces, which are looked for in the text itself and left out of decoded text.
    func addedTokens() -> [AddedToken] {
        ids(of: [.control]).map { AddedToken(special: String(decoding: pieces[Int($0)].text, as: UTF8.self)) }
    }
}
