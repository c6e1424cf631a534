import CKernels

/// How keys and values are stored (numerics.md rule 6). Arithmetic with them is f32.
package enum KVType: String, Sendable, CaseIterable {
    case f32
    /// Magnitudes above 65504 become that.
    case f16
    /// Codes of 8 bits, with a scale for every position and head.
    case int8

    /// Bytes of the keys, or of the values, that one head has in a block: 32 vectors, and their scales.
    package func matrixByteCount(headDimension: Int) -> Int {
        let count = headDimension * KVHeadView.blockPositionCount
        return switch self {
        case .f32: 4 * count
        case .f16: 2 * count
        case .int8: count + 4 * KVHeadView.blockPositionCount
        }
    }

    var identifier: sk_kv_type {
        switch self {
        case .f32: SK_KV_F32
        case .f16: SK_KV_F16
        case .int8: SK_KV_INT8
        }
    }
}
