import CKernels

/// Where one layer's and KV head's keys and values lie in a pool of KV blocks.
///
/// A block holds 32 positions. In block b, K is the [headDimension][32] matrix at base + b * blockStride +
/// keyOffset, V the [32][headDimension] matrix at base + b * blockStride + valueOffset, the scales of codes behind
/// each. Strides and offsets are bytes.
@safe package struct KVHeadView {
    /// Positions in one block.
    package static let blockPositionCount = 32

    /// Block 0; 64-byte aligned.
    package let base: UnsafeMutableRawPointer
    /// How elements are stored.
    package let type: KVType
    /// Blocks in the pool.
    package let blockCount: Int
    /// Bytes from one block to the next.
    package let blockStride: Int
    /// Bytes from a block to its K.
    package let keyOffset: Int
    /// Bytes from a block to its V.
    package let valueOffset: Int
    /// Elements of one key.
    package let headDimension: Int

    /// Views blockCount blocks; base is 64-byte aligned, blockStride and keyOffset are multiples of 64, valueOffset
    /// is one of 4.
    @unsafe package init(
        base: UnsafeMutableRawPointer, type: KVType, blockCount: Int, blockStride: Int, keyOffset: Int,
        valueOffset: Int, headDimension: Int
    ) {
        precondition(UInt(bitPattern: base).isMultiple(of: 64), "KV pool is not 64-byte aligned")
        precondition(blockStride.isMultiple(of: 64), "block stride \(blockStride) is no multiple of 64")
        precondition(keyOffset.isMultiple(of: 64), "key offset \(keyOffset) is no multiple of 64")
        precondition(valueOffset.isMultiple(of: 4), "value offset \(valueOffset) is no multiple of 4")
        precondition((1...Int(SK_HEAD_DIM_MAX)).contains(headDimension), "head dimension \(headDimension)")
        let matrix = type.matrixByteCount(headDimension: headDimension)
        precondition(keyOffset >= 0 && keyOffset + matrix <= blockStride, "K lies outside of its block")
        precondition(valueOffset >= 0 && valueOffset + matrix <= blockStride, "V lies outside of its block")
        precondition(blockCount >= 0)
        unsafe self.base = unsafe base
        self.type = type
        self.blockCount = blockCount
        self.blockStride = blockStride
        self.keyOffset = keyOffset
        self.valueOffset = valueOffset
        self.headDimension = headDimension
    }
}
