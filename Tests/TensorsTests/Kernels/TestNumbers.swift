/// Random numbers for kernel tests: the same for the same seed, on every machine (SplitMix64).
struct TestNumbers {
    private var state: UInt64

    init(seed: Int) { state = UInt64(bitPattern: Int64(seed)) &* 0x9E37_79B9_7F4A_7C15 }

    /// 64 random bits.
    mutating func bits() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    /// A number in [-1, 1).
    mutating func unit() -> Float { Float(Int32(truncatingIfNeeded: bits() >> 32)) * 0x1p-31 }

    /// An index below the bound.
    mutating func index(below bound: Int) -> Int { Int(bits() >> 33) % bound }

    /// So many numbers in [-scale, scale).
    mutating func units(_ count: Int, scale: Float = 1) -> [Float] {
        (0..<count).map { _ in unit() * scale }
    }

    /// So many finite numbers of any size: ordinary, subnormal, tiny, huge, zeros of both signs.
    mutating func extremes(_ count: Int) -> [Float] {
        (0..<count).map { _ in
            switch index(below: 8) {
            case 0: Float(bitPattern: UInt32(truncatingIfNeeded: bits()) & 0x807F_FFFF)
            case 1: unit() * 1e-30
            case 2: unit() * 1e18
            case 3: unit() < 0 ? -0.0 : 0.0
            default: unit()
            }
        }
    }
}
