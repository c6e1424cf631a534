package import Platform

/// Blocks of keys and values, each of some heads (of all layers), one after the other.
///
///     block:  [head][ K: head dimension x 32, scales | V: 32 x head dimension, scales ]
///
/// One zeroed reservation, whose pages exist from their first touch on. A class: it owns the mapping, and views of it
/// are valid as long as it lives.
@safe package final class KVPool {
    /// How elements are stored.
    package let type: KVType
    /// Blocks.
    package let blockCount: Int
    /// Bytes of one block.
    package let blockByteCount: Int
    private let headCount: Int
    private let headDimension: Int
    private let region: MappedRegion

    /// Reserves blocks; throws if the address space does not hold them.
    package init(
        type: KVType, blockCount: Int, headCount: Int, headDimension: Int
    ) throws(SystemError) {
        precondition(blockCount >= 0 && headCount >= 0, "\(blockCount) blocks of \(headCount) heads")
        self.type = type
        self.blockCount = blockCount
        self.headCount = headCount
        self.headDimension = headDimension
        blockByteCount = KVPool.blockByteCount(type: type, headCount: headCount, headDimension: headDimension)
        region = try MappedRegion.anonymous(byteCount: max(blockCount * blockByteCount, 1))
    }

    /// Bytes of one block of so many heads: a multiple of 64.
    package static func blockByteCount(type: KVType, headCount: Int, headDimension: Int) -> Int {
        headCount * 2 * type.matrixByteCount(headDimension: headDimension)
    }

    /// Bytes of all blocks.
    package var byteCount: Int { blockCount * blockByteCount }

    /// One head of every block.
    package func head(_ index: Int) -> KVHeadView {
        precondition((0..<headCount).contains(index), "KV head \(index) of \(headCount)")
        let matrix = type.matrixByteCount(headDimension: headDimension)
        return unsafe KVHeadView(
            base: region.base, type: type, blockCount: blockCount, blockStride: blockByteCount,
            keyOffset: 2 * index * matrix, valueOffset: (2 * index + 1) * matrix, headDimension: headDimension
        )
    }

    /// Copies a whole block over another.
    package func copyBlock(_ source: Int, over destination: Int) {
        precondition((0..<blockCount).contains(source) && (0..<blockCount).contains(destination))
        guard source != destination else { return }
        unsafe (region.base + destination * blockByteCount).copyMemory(
            from: region.base + source * blockByteCount, byteCount: blockByteCount)
    }
}
