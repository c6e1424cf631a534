extension PackLayout {
    /// Bytes of the pack that a rank reads to decode one token: the tiles its rows touch (a boundary tile is
    /// read whole; of experts, as many as a row goes to), all vectors, and one row of each table.
    package func byteCountPerStep(of shard: RankShard) -> Int {
        entries.reduce(0) { sum, entry in
            guard entry.expert ?? 0 < chosenExpertCount else { return sum }
            guard case .tiles = entry.storage else { return sum + entry.unitByteCount }
            let rows = shard.rows(of: entry)
            guard !rows.isEmpty else { return sum }
            let unit = ShardPlan.tileRowCount
            let tileCount = (rows.upperBound + unit - 1) / unit - rows.lowerBound / unit
            return sum + tileCount * entry.unitByteCount
        }
    }
}

extension RankShard {
    /// The rows of a matrix that this rank computes, neighbours' KV heads included.
    package func rows(of entry: PackLayout.Entry) -> Range<Int> {
        switch entry.role {
        case .attentionQuery: queryRows
        case .attentionKey, .attentionValue: keyValueRows
        case .attentionOutput: attentionOutputRows
        case .feedForwardGate, .feedForwardUp: feedForwardRows
        case .feedForwardDown, .expertDown, .sharedExpertDown: downRows
        case .expertGate, .expertUp: expertRows
        case .sharedExpertGate, .sharedExpertUp: sharedExpertRows
        case .outputHead: vocabularyIDs
        // Small ones that every rank computes in full.
        case .expertRouter, .sharedExpertRouter, .embeddingInput, .embeddingOutput: 0..<entry.storage.rowCount
        default: preconditionFailure("\(entry.role) is no matrix")
        }
    }
}
