/// Philox4x32-10: four random words from a counter and a key, without state.
///
/// Source: Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3" (SC 2011); the letters
/// are theirs.
package struct Philox4x32 {
    private static let multiplier0: UInt32 = 0xD251_1F53
    private static let multiplier1: UInt32 = 0xCD9E_8D57
    private static let weyl0: UInt32 = 0x9E37_79B9
    private static let weyl1: UInt32 = 0xBB67_AE85
    private static let roundCount = 10

    /// The block of four words that belongs to a counter and a key.
    package static func block(counter: SIMD4<UInt32>, key: SIMD2<UInt32>) -> SIMD4<UInt32> {
        var words = counter
        var key = key
        for round in 0..<roundCount {
            if round > 0 { key = key &+ SIMD2(weyl0, weyl1) }
            let product0 = words[0].multipliedFullWidth(by: multiplier0)
            let product1 = words[2].multipliedFullWidth(by: multiplier1)
            words = SIMD4(
                product1.high ^ words[1] ^ key[0], product1.low, product0.high ^ words[3] ^ key[1],
                product0.low)
        }
        return words
    }
}

/// What a random number is for; part of the counter, so that purposes never share a number (numerics.md 12).
package enum RandomPurpose: UInt32 {
    /// Which token is drawn.
    case token = 0
}

/// The random numbers of one sequence: a function of seed, position, choice index and purpose alone.
package struct SequenceRandom {
    /// The request's seed.
    package let seed: UInt64
    /// Which of a request's answers the sequence is.
    package let choiceIndex: Int32

    /// The numbers of a request's answer.
    package init(seed: UInt64, choiceIndex: Int32) {
        self.seed = seed
        self.choiceIndex = choiceIndex
    }

    /// A number in [0, 1) with 53 random bits.
    ///
    /// position: the absolute position of the token that is drawn with it. Counter words: position, choice
    /// index, purpose, 0; key words: low and high half of the seed; the first word drawn is the upper half.
    package func uniform(position: Int, purpose: RandomPurpose) -> Double {
        let counter = SIMD4(
            UInt32(truncatingIfNeeded: position), UInt32(bitPattern: choiceIndex), purpose.rawValue, 0)
        let key = SIMD2(UInt32(truncatingIfNeeded: seed), UInt32(truncatingIfNeeded: seed >> 32))
        let words = Philox4x32.block(counter: counter, key: key)
        let bits = UInt64(words[0]) << 32 | UInt64(words[1])
        return Double(bits >> 11) * 0x1p-53
    }
}
