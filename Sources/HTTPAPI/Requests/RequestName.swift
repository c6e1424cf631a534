import Synchronization

/// Names for requests that bring none: random UUIDs (RFC 9562, version 4) in lower case.
///
/// Foundation's UUIDs open /dev/urandom for each one and print by format strings, and the system's random numbers are
/// two calls of the kernel: some microseconds a request. So the system gives two seeds once, and names follow.
enum RequestName {
    private static let digits = Array("0123456789abcdef".utf8)
    private static let seeds = Mutex((UInt64.random(in: .min ... .max), UInt64.random(in: .min ... .max)))

    /// A name that nobody else has drawn.
    static func random() -> String {
        let (high, low) = seeds.withLock { seeds in
            // Weyl sequences with two different odd steps (Steele, Lea and Flood, Fast splittable pseudorandom number
            // generators, 2014).
            seeds.0 &+= 0x9E37_79B9_7F4A_7C15
            seeds.1 &+= 0xD1B5_4A32_D192_ED03
            return seeds
        }
        return name(mixed(high), mixed(low))
    }

    /// SplitMix64's finalizer: every bit of the result depends on every bit of `value`; no two values give the same.
    private static func mixed(_ value: UInt64) -> UInt64 {
        var mixed = value
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// The name made of these 128 bits, of which version and variant replace six.
    static func name(_ high: UInt64, _ low: UInt64) -> String {
        let halves = [high & ~0xF000 | 0x4000, low & ~(0b11 << 62) | 0b10 << 62]
        var text: [UInt8] = []
        text.reserveCapacity(36)
        for half in halves {
            for shift in stride(from: 60, through: 0, by: -4) {
                // Groups of 8, 4, 4, 4 and 12 digits.
                switch text.count {
                case 8, 13, 18, 23: text.append(UInt8(ascii: "-"))
                default: break
                }
                text.append(digits[Int(half >> UInt64(shift) & 0xF)])
            }
        }
        return String(decoding: text, as: UTF8.self)
    }
}
