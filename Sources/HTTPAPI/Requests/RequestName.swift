/// Names for requests that bring none: random UUIDs (RFC 9562, version 4) in lower case.
///
/// Foundation's UUIDs open /dev/urandom for each one and print by format strings, some microseconds a request.
enum RequestName {
    private static let digits = Array("0123456789abcdef".utf8)

    /// A name that nobody else has drawn.
    static func random() -> String {
        var generator = SystemRandomNumberGenerator()
        return name(generator.next(), generator.next())
    }

    /// The name made of these 128 bits, of which version and variant replace six.
    static func name(_ high: UInt64, _ low: UInt64) -> String {
        let halves = [high & ~0xF000 | 0x4000, low & ~(0b11 << 62) | 0b10 << 62]
        var text: [UInt8] = []
        text.reserveCapacity(36)
        for half in halves {
            for shift in stride(from: 60, through: 0, by: -4) {
                // Groups of 8, 4, 4, 4 and 12 digits.
                if [8, 13, 18, 23].contains(text.count) { text.append(UInt8(ascii: "-")) }
                text.append(digits[Int(half >> UInt64(shift) & 0xF)])
            }
        }
        return String(decoding: text, as: UTF8.self)
    }
}
