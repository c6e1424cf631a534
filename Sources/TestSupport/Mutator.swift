/// Damages files the way that broken downloads, wrong tools and bad intentions do; equal seeds damage alike.
package struct Mutator {
    private var state: UInt64

    /// Begins a sequence of damages.
    package init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 1 }

    /// The next number below `limit`, which is above 0 (SplitMix64).
    package mutating func next(below limit: Int) -> Int {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return Int((z ^ (z >> 31)) >> 1) % limit
    }

    /// What stands in JSON where something else should.
    private static let intruders = [
        "-1", "0", "1e400", "-0.0", "99999999999999999999", "9223372036854775807", "null", "true", "\"\"",
        "[]",
        "{}", "[[[[[[[[", "\"\\ud800\"", "\u{0}", ",", ":", "\"", "}", "1048577", "\"F32\"", "[0,0]",
        "[9223372036854775807,2]", "\"\u{FEFF}\"",
    ].map { Array($0.utf8) }

    /// One to four damages within the first `reach` bytes: a bit, a byte, an intruder, a piece removed, doubled or
    /// moved, or the end cut off.
    package mutating func damaged(_ bytes: [UInt8], reach: Int = .max) -> [UInt8] {
        var bytes = bytes
        for _ in 0...next(below: 4) {
            let limit = max(1, min(bytes.count, reach))
            guard !bytes.isEmpty else { return bytes }
            let position = next(below: limit)
            let end = min(limit, position + 1 + next(below: 24))
            switch next(below: 8) {
            case 0: bytes[position] ^= 1 << UInt8(next(below: 8))
            case 1: bytes[position] = UInt8(next(below: 256))
            case 2: bytes.removeSubrange(position..<max(end, position))
            case 3: bytes.insert(contentsOf: bytes[position..<max(end, position)], at: next(below: limit))
            case 4: bytes.removeSubrange(next(below: bytes.count)...)
            case 5: replaceNumber(in: &bytes, from: position, limit: limit)
            default:
                let intruder = Self.intruders[next(below: Self.intruders.count)]
                bytes.replaceSubrange(position..<max(end, position), with: intruder)
            }
        }
        return bytes
    }

    /// Puts an intruder where the next number stands.
    private mutating func replaceNumber(in bytes: inout [UInt8], from position: Int, limit: Int) {
        func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
        guard let start = bytes[position..<limit].firstIndex(where: isDigit) else { return }
        let end = bytes[start...].firstIndex { !isDigit($0) } ?? bytes.count
        bytes.replaceSubrange(start..<end, with: Self.intruders[next(below: Self.intruders.count)])
    }
}
