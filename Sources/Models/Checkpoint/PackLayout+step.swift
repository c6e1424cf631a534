extension PackLayout {
    /// Bytes of the pack that a rank reads to decode one token: the tiles its rows touch (a boundary tile is
    /// read whole), all vectors, and one row of each table.
    package func byteCountPerStep(of shard: RankShard) -> Int {
        entries.reduce(0) { sum, entry in
            guard case .tiles = entry.storage else { return sum + entry.unitByteCount }
            let rows = shard.rows(of: entry.role)
            guard !rows.isEmpty else { return sum }
            let unit = ShardPlan.tileRowCount
            let tileCount = (rows.upperBound + unit - 1) / unit - rows.lowerBound / unit
            return sum + tileCount * entry.unitByteCount
        }
    }
}

extension RankShard {
    /// The rows of a matrix that this rank computes, neighbours' KV heads included.
    package func rows(of role: TensorRole) -> Range<Int> {
        switch role {
        case .attentionQuery: queryRows
        case .attentionKey, .attentionValue: keyValueRows
        case .attentionOutput: attentionOutputRows
        case .feedForwardGate, .feedForwardUp: feedForwardRows
        case .feedForwardDown: downRows
        case .outputHead: vocabularyIDs
        default: preconditionFailure("\(role) is no matrix")
        }
    }
}
