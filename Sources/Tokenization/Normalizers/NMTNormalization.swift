/// What Google's NMT did to text first: some control characters go, and some characters become spaces.
enum NMTNormalization {
    /// The normalized text; bytes are valid UTF-8 before and after.
    static func normalized(_ text: [UInt8]) -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(text.count)
        UTF8Scan.forEachScalar(of: text.span) { scalar, range in
            switch scalar.value {
            case 0x01...0x08, 0x0B, 0x0E...0x1F, 0x7F, 0x8F, 0x9F: break
            case 0x09, 0x0A, 0x0C, 0x0D, 0x1680, 0x200B...0x200F, 0x2028, 0x2029, 0x2581, 0xFEFF, 0xFFFD:
                output.append(UInt8(ascii: " "))
            default: output.append(contentsOf: text[range])
            }
        }
        return output
    }
}
