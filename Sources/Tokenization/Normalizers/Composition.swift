internal import Foundation

/// The joining of a decomposed text's characters (Unicode 3.11).
enum Composition {
    /// The text with each character joined to the last starter before it, where the two have a joined form and
    /// nothing between them is of its class or a higher one.
    static func joined(_ scalars: [Unicode.Scalar]) -> [Unicode.Scalar] {
        var output: [Unicode.Scalar] = []
        output.reserveCapacity(scalars.count)
        var starter: Int?
        var lastClass: Unicode.CanonicalCombiningClass?
        for scalar in scalars {
            let own = InertCharacters.combiningClass(of: scalar)
            if let index = starter, lastClass.map({ $0 < own }) ?? true,
                let joined = joined(output[index], scalar, isMark: own != .notReordered)
            {
                output[index] = joined
                continue
            }
            if own == .notReordered {
                starter = output.count
                lastClass = nil
            } else {
                lastClass = own
            }
            output.append(scalar)
        }
        return output
    }

    /// What two characters become, or nil if they stay two.
    private static func joined(
        _ first: Unicode.Scalar, _ second: Unicode.Scalar, isMark: Bool
    ) -> Unicode.Scalar? {
        guard isMark || InertCharacters.joinsPrevious(second.value) else { return nil }
        let (left, right) = (first.value, second.value)
        switch right {
        case 0x1161...0x1175:
            guard (0x1100...0x1112).contains(left) else { return nil }
            return Unicode.Scalar(0xAC00 + ((left - 0x1100) * 21 + right - 0x1161) * 28)
        case 0x11A8...0x11C2:
            guard (0xAC00...0xD7A3).contains(left), (left - 0xAC00) % 28 == 0 else { return nil }
            return Unicode.Scalar(left + right - 0x11A7)
        // Kannada's long o, whose three parts Foundation does not join.
        case 0x0CD5 where left == 0x0CCA: return "\u{0CCB}"
        default: break
        }
        // Beyond the BMP only these have joined forms; Foundation takes others for characters of the BMP.
        let isBeyond = left > 0xFFFF || right > 0xFFFF
        let brahmic: Range<UInt32> = 0x11000..<0x12000
        guard !isBeyond || brahmic.contains(left) && brahmic.contains(right), InertCharacters.isKnown(first)
        else { return nil }
        var pair = String.UnicodeScalarView()
        pair.append(first)
        pair.append(second)
        let text = String(pair).precomposedStringWithCanonicalMapping.unicodeScalars
        guard let joined = text.first, text.count == 1 else { return nil }
        return joined
    }
}
