import CKernels

/// A table that is added to the scores of one query head: an element per position of a key, or per distance of a key
/// from the query.
@safe package struct AttentionBias {
    /// Elements beyond the longest sequence that a table needs: scores are computed 16 keys at a time.
    package static let paddingCount = 16

    /// One row.
    package let table: FloatView
    /// The element for the distance 0, those for keys further back before it; nil: by the key's position.
    package let zeroDistance: Int?

    /// Views a table, which holds an element for every position or distance and `paddingCount` more behind them.
    package init(table: FloatView, zeroDistance: Int?) {
        precondition(table.rowCount == 1, "a table of \(table.rowCount) rows")
        self.table = table
        self.zeroDistance = zeroDistance
    }

    /// Whether every element is there that rows at `positions` read.
    func covers(_ positions: Range<Int>) -> Bool {
        guard let zeroDistance else {
            return positions.upperBound + Self.paddingCount <= table.columnCount
        }
        return positions.upperBound - 1 <= zeroDistance
            && zeroDistance + Self.paddingCount <= table.columnCount
    }

    /// Where the kernel begins for rows from `firstPosition` on, and elements from row to row.
    func start(firstPosition: Int) -> (base: UnsafePointer<Float>, rowStep: Int) {
        guard let zeroDistance else { return unsafe (table.base, 0) }
        return unsafe (table.base + zeroDistance - firstPosition, 1)
    }
}

/// Up to 32 attention rows of one sequence that read one KV head: one query head at consecutive positions, or several
/// at one position.
@safe package struct AttentionRows {
    /// Rows at most in one call.
    package static let rowCountMax = 32
    /// Keys in one tile, the unit by which long contexts may be split.
    package static let tileKeyCount = 256

    /// Queries, RoPE applied: rowCount x headDimension.
    package let queries: FloatView
    /// Absolute position of row 0.
    package let firstPosition: Int
    /// Whether all rows are at that position; else each is one further.
    package let isOnePosition: Bool
    /// Latest positions visible, the query's own included; 0 = all.
    package let window: Int
    /// Multiplies each dot product.
    package let scale: Float
    /// Bounds each scaled score s: tanh(s / softCap) * softCap; 0: none.
    package let softCap: Float
    /// Added to each score then, or nil.
    package let bias: AttentionBias?

    /// Groups 1 ... 32 rows at firstPosition, firstPosition + 1, ..., or all at firstPosition. A bias is one head's.
    package init(
        queries: FloatView, firstPosition: Int, isOnePosition: Bool = false, scale: Float, window: Int = 0,
        softCap: Float = 0, bias: AttentionBias? = nil
    ) {
        precondition((1...Self.rowCountMax).contains(queries.rowCount), "\(queries.rowCount) attention rows")
        precondition(firstPosition >= 0 && window >= 0, "position \(firstPosition), window \(window)")
        self.queries = queries
        self.firstPosition = firstPosition
        self.isOnePosition = isOnePosition
        self.scale = scale
        self.window = window
        self.softCap = softCap
        self.bias = bias
        precondition(
            bias?.covers(firstPosition..<positionEnd) ?? true, "bias is too short for \(positionEnd)")
        precondition(bias == nil || !isOnePosition, "a bias for several heads")
    }

    /// One past the last position any row sees.
    package var positionEnd: Int { firstPosition + (isOnePosition ? 1 : queries.rowCount) }

    /// The tiles that hold a visible key of any row.
    package var tiles: Range<Int> {
        let first = window > 0 ? max(0, firstPosition - window + 1) : 0
        return first / Self.tileKeyCount..<(positionEnd - 1) / Self.tileKeyCount + 1
    }
}

extension Kernels {
    /// Rotates consecutive heads of one row in place (rotate-half layout), by the row's cosines and sines.
    ///
    /// x: 1 x (headCount * headDimension); cosine, sine: rotaryDimension / 2 values, rotaryDimension <=
    /// headDimension.
    package func rope(_ x: MutableFloatView, headDimension: Int, cosine: FloatView, sine: FloatView) {
        precondition(headDimension > 0 && x.rowCount == 1 && x.columnCount.isMultiple(of: headDimension))
        precondition(
            cosine.columnCount == sine.columnCount && 2 * cosine.columnCount <= headDimension,
            "\(cosine.columnCount) cosines for a head of \(headDimension)")
        unsafe table.pointee.rope_f32(
            x.base, headDimension, x.columnCount / headDimension, 2 * cosine.columnCount, cosine.base,
            sine.base)
    }

    /// Stores one position's key and value (headDimension values each) into a block, in the cache's type.
    package func storeKeyValue(
        key: FloatView, value: FloatView, in cache: KVHeadView, block: Int32, positionInBlock: Int
    ) {
        precondition(
            key.columnCount == cache.headDimension && value.columnCount == cache.headDimension,
            "key of \(key.columnCount), value of \(value.columnCount), head of \(cache.headDimension)")
        precondition(block >= 0 && Int(block) < cache.blockCount, "block \(block) of \(cache.blockCount)")
        precondition((0..<KVHeadView.blockPositionCount).contains(positionInBlock))
        let start = unsafe cache.base + Int(block) * cache.blockStride
        unsafe table.pointee.kv_store(
            key.base, value.base, cache.headDimension, cache.type.identifier, positionInBlock,
            start + cache.keyOffset, start + cache.valueOffset)
    }

    /// Attention of up to 32 rows over all their keys (numerics.md rules 5 and 6); out: rowCount x headDimension.
    ///
    /// blockTable: the block of every 32 positions from 0 on, at least up to the last row's position.
    package func attention(
        _ rows: AttentionRows, _ cache: KVHeadView, blockTable: Span<Int32>, into out: MutableFloatView
    ) {
        precondition(
            out.rowCount == rows.queries.rowCount && out.columnCount == cache.headDimension,
            "out is \(out.rowCount) x \(out.columnCount)")
        unsafe withArguments(rows, cache, blockTable) { arguments in
            unsafe table.pointee.attention(arguments, out.base, out.stride)
        }
    }

    /// The part that one tile of 256 keys contributes; `mergeAttention` over all tiles gives `attention`'s
    /// bits.
    ///
    /// partial: rowCount x (headDimension + 2), contiguous.
    package func attentionTile(
        _ rows: AttentionRows, _ cache: KVHeadView, blockTable: Span<Int32>, tile: Int,
        into partial: MutableFloatView
    ) {
        precondition(
            tile >= 0 && partial.rowCount == rows.queries.rowCount
                && partial.columnCount == cache.headDimension + 2 && partial.stride == partial.columnCount,
            "partial is \(partial.rowCount) x \(partial.columnCount), stride \(partial.stride)")
        unsafe withArguments(rows, cache, blockTable) { arguments in
            unsafe table.pointee.attention_tile(arguments, tile, partial.base)
        }
    }

    /// Merges the partials of consecutive tiles in ascending order into out: rowCount x headDimension.
    ///
    /// partials: (tile count * rowCount) x (headDimension + 2), contiguous, tile after tile.
    package func mergeAttention(_ partials: FloatView, into out: MutableFloatView) {
        precondition(
            partials.columnCount == out.columnCount + 2 && partials.stride == partials.columnCount
                && partials.rowCount > 0 && partials.rowCount.isMultiple(of: out.rowCount),
            "partials are \(partials.rowCount) x \(partials.columnCount), stride \(partials.stride)")
        unsafe table.pointee.attention_merge(
            partials.base, out.rowCount * partials.columnCount, partials.rowCount / out.rowCount,
            out.rowCount,
            out.columnCount, out.base, out.stride)
    }

    private func withArguments(
        _ rows: AttentionRows, _ cache: KVHeadView, _ blockTable: Span<Int32>,
        _ body: (UnsafePointer<sk_attention_rows>) -> Void
    ) {
        precondition(
            rows.queries.columnCount == cache.headDimension, "queries of \(rows.queries.columnCount)")
        let blocks = (rows.positionEnd + 31) / 32
        precondition(blockTable.count >= blocks, "block table of \(blockTable.count), \(blocks) needed")
        let first = rows.window > 0 ? max(0, rows.firstPosition - rows.window + 1) / 32 : 0
        for entry in first..<blocks {
            let block = blockTable[entry]
            precondition(block >= 0 && Int(block) < cache.blockCount, "block \(block) of \(cache.blockCount)")
        }
        unsafe blockTable.withUnsafeBufferPointer { table in
            guard let blocks = table.baseAddress else { return }
            let bias = unsafe rows.bias?.start(firstPosition: rows.firstPosition)
            var arguments = unsafe sk_attention_rows(
                q: rows.queries.base, q_stride: rows.queries.stride, row_count: rows.queries.rowCount,
                first_position: rows.firstPosition, position_step: rows.isOnePosition ? 0 : 1,
                head_dim: cache.headDimension, scale: rows.scale, soft_cap: rows.softCap, bias: bias?.base,
                bias_row_step: bias?.rowStep ?? 0, window: rows.window, block_table: blocks,
                type: cache.type.identifier, pool: UnsafeRawPointer(cache.base),
                block_stride: cache.blockStride, key_offset: cache.keyOffset, value_offset: cache.valueOffset)
            unsafe body(&arguments)
        }
    }
}
