package import Platform
import Tensors
import WorkerMessages

/// The keys and values of one rank's KV heads, in blocks of 32 positions (f32).
///
///     block:  [layer][KV head][ K: head dimension x 32 | V: 32 x head dimension ]
///
/// One reservation for all blocks; a page exists from its first touch on, by whichever of the rank's threads
/// comes first.
package struct KVCache {
    /// Bytes of one block: all layers, this rank's heads.
    package let byteCountPerBlock: Int
    private let buffer: FloatBuffer
    private let keyValueHeadCount: Int
    private let headDimension: Int
    private let headElementCount: Int

    /// Reserves `blockCount` blocks for a rank's heads.
    package init(
        _ configuration: ModelConfiguration, shard: RankShard, blockCount: Int
    ) throws(SystemError) {
        keyValueHeadCount = shard.keyValueHeads.count
        headDimension = configuration.headDimension
        headElementCount = 2 * configuration.headDimension * StepLimits.blockPositionCount
        let elementCount = KVCache.elementCountPerBlock(configuration, shard: shard)
        byteCountPerBlock = elementCount * 4
        buffer = try FloatBuffer(rowCount: blockCount, columnCount: elementCount)
    }

    /// Bytes of one block of a rank, for reckoning before anything is reserved.
    package static func byteCountPerBlock(_ configuration: ModelConfiguration, shard: RankShard) -> Int {
        elementCountPerBlock(configuration, shard: shard) * 4
    }

    /// Bytes reserved.
    package var byteCount: Int { buffer.byteCount }

    /// Where a layer's KV head lies; `head` counts this rank's heads from 0.
    func head(_ head: Int, layer: Int) -> KVHeadView {
        precondition((0..<keyValueHeadCount).contains(head), "KV head \(head) of \(keyValueHeadCount)")
        let keyOffset = (layer * keyValueHeadCount + head) * headElementCount
        return buffer.keyValueHead(
            keyOffset: keyOffset, valueOffset: keyOffset + headElementCount / 2, headDimension: headDimension)
    }

    /// Copies a whole block over another (forks).
    func copyBlock(_ source: Int32, over destination: Int32) {
        buffer.copyRow(Int(source), over: Int(destination))
    }

    private static func elementCountPerBlock(_ configuration: ModelConfiguration, shard: RankShard) -> Int {
        configuration.layerCount * shard.keyValueHeads.count * 2 * configuration.headDimension
            * StepLimits.blockPositionCount
    }
}
