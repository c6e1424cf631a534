import Foundation

/// What models without positions add to attention scores: a slope per query head times where the key is (arXiv
/// 2108.12409). The families differ in slopes and roundings.
package struct ALiBi: Equatable, Sendable {
    /// What a slope is multiplied with, and how the product is rounded.
    package enum Form: Equatable, Sendable {
        /// By the distance from the query, which is 0 or negative: MPT.
        case distance
        /// By the key's position; both factors and the product rounded to bf16, then scaled like the scores: Falcon.
        case coarsePosition
        /// By the key's position: BLOOM.
        case position
    }

    /// One per query head.
    package let slopes: [Float]
    /// How they are used.
    package let form: Form

    /// MPT's (transformers' `build_mpt_alibi_tensor`): 2^-(i x maximum / n) for i = 1 ... n, n the power of two from
    /// the head count on; where that is another number, every second one from the second on, then the others.
    init(mptHeadCount headCount: Int, maximum: Int) {
        var powerOfTwo = 1
        while powerOfTwo < headCount { powerOfTwo *= 2 }
        let step = Float(Double(maximum) / Double(powerOfTwo))
        let all = (1...powerOfTwo).map { Float(1) / Float(exp2(Double(Float($0) * step))) }
        let mixed =
            stride(from: 1, to: powerOfTwo, by: 2).map { all[$0] }
            + stride(from: 0, to: powerOfTwo, by: 2).map { all[$0] }
        slopes = Array((powerOfTwo == headCount ? all : mixed).prefix(headCount))
        form = .distance
    }

    /// BLOOM's and Falcon's (transformers' `build_alibi_tensor`): powers of 2^-(8 / n), n the power of two up to the
    /// head count; then the odd powers of its root.
    init(headCount: Int, _ form: Form) {
        var powerOfTwo = 1
        while 2 * powerOfTwo <= headCount { powerOfTwo *= 2 }
        func base(_ count: Int) -> Double { Double(Float(exp2(-8 / Double(count)))) }
        let first = (1...powerOfTwo).map { Float(pow(base(powerOfTwo), Double($0))) }
        let others = (0..<headCount - powerOfTwo).map {
            Float(pow(base(2 * powerOfTwo), Double(2 * $0 + 1)))
        }
        slopes = first + others
        self.form = form
    }

    /// The table of one head for sequences of up to `maxSequenceLength` positions, `paddingCount` more behind them;
    /// `scale` multiplies the head's scores.
    package func table(head: Int, maxSequenceLength: Int, paddingCount: Int, scale: Float) -> [Float] {
        (0..<maxSequenceLength + paddingCount).map { index in
            switch form {
            case .distance: slopes[head] * Float(index - maxSequenceLength)
            case .position: slopes[head] * Float(index)
            case .coarsePosition: (slopes[head].coarse * Float(index).coarse).coarse * scale
            }
        }
    }
}

extension Float {
    /// The nearest bf16, as torch rounds a finite number to it.
    fileprivate var coarse: Float {
        let bits = bitPattern
        return Float(bitPattern: (bits + 0x7FFF + (bits >> 16 & 1)) & 0xFFFF_0000)
    }
}
