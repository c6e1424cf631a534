/// The texts of `make_generated.py`: many scripts, emoji, control characters, marks, random bytes.
enum GeneratedTexts {
    /// The numbers of `make_generated.py`'s texts.
    private struct Numbers {
        var state: UInt64

        mutating func next(_ limit: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % limit
        }
    }

    private static let pools: [(start: Int, count: Int)] = [
        (0x61, 26), (0x61, 26), (0x41, 26), (0x20, 95), (0x30, 10), (0x00, 32), (0x7F, 34), (0xA0, 0x1B0),
        (0x300, 0x70), (0x370, 0x190), (0x590, 0x170), (0x900, 0x80), (0xE00, 0x60), (0x1100, 0x100),
        (0x1800, 16),
        (0x2000, 0x70), (0x2580, 0x20), (0x3040, 0xC0), (0x4E00, 0x400), (0xAC00, 0x100), (0xFE00, 16),
        (0xFF00, 0x60), (0x1F300, 0x350), (0x1F1E6, 26), (0x1D400, 0x30), (0x20000, 0x100), (0xFFF0, 14),
    ]
    private static let separators = [
        " ", " ", " ", "  ", "\n", "", "", "\u{180e}", "\u{200d}", "\u{fe0f}", "'s ", ". ", "\r\n", "\t",
        "\u{a0}",
        "\u{3000}", "\u{2581}",
    ]

    private static func text(seed: Int) -> String {
        var numbers = Numbers(state: UInt64(seed))
        var text = String.UnicodeScalarView()
        for _ in 0..<40 {
            let pool = pools[numbers.next(pools.count)]
            for _ in 0..<1 + numbers.next(8) {
                guard let scalar = Unicode.Scalar(UInt32(pool.start + numbers.next(pool.count))) else {
                    continue
                }
                text.append(scalar)
            }
            text.append(contentsOf: separators[numbers.next(separators.count)].unicodeScalars)
        }
        return String(text)
    }

    private static func bytesText(seed: Int) -> String {
        var numbers = Numbers(state: UInt64(seed))
        return String(decoding: (0..<200).map { _ in UInt8(numbers.next(256)) }, as: UTF8.self)
    }

    /// Letters and ideographs without a space.
    static func withoutSpaces(_ count: Int) -> String {
        var numbers = Numbers(state: 99)
        var text = String.UnicodeScalarView()
        for _ in 0..<count {
            let isLetter = numbers.next(12) != 0
            let value = isLetter ? 0x61 + numbers.next(26) : 0x4E00 + numbers.next(64)
            if let scalar = Unicode.Scalar(UInt32(value)) { text.append(scalar) }
        }
        return String(text)
    }

    /// The short texts.
    static var short: [String] { (0..<300).map(text) + (0..<100).map(bytesText) }

    /// The SHA-256 of ids in 32 bits, little endian.
    static func digest(_ ids: some Sequence<Int32>) -> String {
        SHA256.hexadecimal(ids.flatMap { id in (0..<4).map { UInt8(truncatingIfNeeded: id >> (8 * $0)) } })
    }
}
