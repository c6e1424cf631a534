package import Platform
package import Tensors

/// The keys and values of one rank's KV heads in all layers, in blocks of 32 positions.
///
///     block:  [layer][KV head][ K | V ]
package struct KVCache {
    private let pool: KVPool
    private let keyValueHeadCount: Int

    /// Reserves `blockCount` blocks for a rank's heads.
    package init(
        _ configuration: ModelConfiguration, shard: RankShard, type: KVType, blockCount: Int
    ) throws(SystemError) {
        keyValueHeadCount = shard.keyValueHeads.count
        pool = try KVPool(
            type: type, blockCount: blockCount, headCount: configuration.layerCount * keyValueHeadCount,
            headDimension: configuration.headDimension)
    }

    /// Bytes of one block of a rank, for reckoning before anything is reserved.
    package static func byteCountPerBlock(
        _ configuration: ModelConfiguration, shard: RankShard, type: KVType
    ) -> Int {
        KVPool.blockByteCount(
            type: type, headCount: configuration.layerCount * shard.keyValueHeads.count,
            headDimension: configuration.headDimension)
    }

    /// Bytes reserved.
    package var byteCount: Int { pool.byteCount }

    /// Where a layer's KV head lies; `head` counts this rank's heads from 0.
    func head(_ head: Int, layer: Int) -> KVHeadView {
        precondition((0..<keyValueHeadCount).contains(head), "KV head \(head) of \(keyValueHeadCount)")
        return pool.head(layer * keyValueHeadCount + head)
    }

    /// Copies a whole block over another (forks, known beginnings).
    func copyBlock(_ source: Int32, over destination: Int32) {
        pool.copyBlock(Int(source), over: Int(destination))
    }
}
