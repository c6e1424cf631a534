/// Names a full KV block by its tokens and all tokens before them: 128 bits, chained from block to block (numerics.md
/// 14).
///
/// Equal keys mean equal keys and values, up to collisions, against which `BlockLedger` compares the tokens too.
package struct BlockKey: Hashable, Sendable {
    private var high: UInt64
    private var low: UInt64

    /// The key before the first block.
    package static let root = BlockKey(high: 0x6A09_E667_F3BC_C908, low: 0xBB67_AE85_84CA_A73B)

    private init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// The key of the block that follows this one and holds these tokens.
    package func next(_ tokenIDs: some Sequence<Int32>) -> BlockKey {
        var key = self
        for id in tokenIDs { key.absorb(UInt64(UInt32(bitPattern: id))) }
        return BlockKey(high: Self.mixed(key.high ^ key.low), low: Self.mixed(key.low &+ key.high &* 3))
    }

    private mutating func absorb(_ word: UInt64) {
        let (upper, lower) = (low ^ word &* 0x9E37_79B9_7F4A_7C15).multipliedFullWidth(
            by: 0xD6E8_FEB8_6659_FD93)
        low = lower ^ high
        high = (high ^ upper) &* 0xA076_1D64_78BD_642F &+ word
    }

    /// The finalizer of SplitMix64: every bit of the result depends on every bit of `value`.
    private static func mixed(_ value: UInt64) -> UInt64 {
        var mixed = value
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// The keys of a text's full blocks, in order.
    package static func chain(_ tokenIDs: some Collection<Int32>) -> [BlockKey] {
        var keys: [BlockKey] = []
        var rest = tokenIDs[...]
        while rest.count >= SchedulerLimits.blockSize {
            keys.append((keys.last ?? .root).next(rest.prefix(SchedulerLimits.blockSize)))
            rest = rest.dropFirst(SchedulerLimits.blockSize)
        }
        return keys
    }
}
