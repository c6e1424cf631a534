/// Finds stop strings in a text that comes piece by piece, and holds back what may be the beginning of one.
///
/// Of all stop strings in a text the one that ends first counts; of those that end at the same place, the one that
/// begins first. So the outcome does not depend on how the text is cut into pieces. Texts are compared byte by byte.
/// Pieces are whole characters, and so are stop strings, so that nothing is ever cut inside a character.
package struct StopMatcher: Sendable {
    /// The stop string that was found; nil while the text goes on.
    package private(set) var match: String?
    private let stops: [(text: String, bytes: [UInt8])]
    private let keepsMatch: Bool
    /// Text that was not shown yet: it may be the beginning of a stop string.
    private var held: [UInt8] = []

    /// Looks for any of `stops`, none of which is empty. With `keepsMatch` the text ends with the stop string, else
    /// before it.
    package init(stops: [String], keepsMatch: Bool) {
        precondition(!stops.contains(""), "an empty stop string")
        self.stops = stops.map { ($0, Array($0.utf8)) }
        self.keepsMatch = keepsMatch
    }

    /// Takes the next piece and gives what can be shown; nothing once a stop string was found.
    package mutating func append(_ piece: String) -> String {
        guard match == nil else { return "" }
        guard !stops.isEmpty else { return piece }
        for byte in piece.utf8 {
            held.append(byte)
            guard let found = longestStop(endingWith: byte) else { continue }
            match = found.text
            let shownCount = keepsMatch ? held.count : held.count - found.bytes.count
            defer { held = [] }
            return String(decoding: held[..<shownCount], as: UTF8.self)
        }
        let shownCount = held.count - heldBackCount
        defer { held.removeFirst(shownCount) }
        return String(decoding: held[..<shownCount], as: UTF8.self)
    }

    /// Takes a piece that is not searched and shows it after what was held back.
    package mutating func pass(_ piece: String) -> String {
        guard match == nil else { return "" }
        defer { held = [] }
        return String(decoding: held, as: UTF8.self) + piece
    }

    /// What was held back, at the end of the text.
    package mutating func finish() -> String { pass("") }

    private func longestStop(endingWith last: UInt8) -> (text: String, bytes: [UInt8])? {
        stops.filter { $0.bytes.last == last && held.count >= $0.bytes.count && endsHeld($0.bytes) }
            .max { $0.bytes.count < $1.bytes.count }
    }

    private func endsHeld(_ bytes: [UInt8]) -> Bool { held.suffix(bytes.count).elementsEqual(bytes) }

    /// Bytes of the longest end of what is held that is a stop string's beginning.
    private var heldBackCount: Int {
        let countMax = min(held.count, (stops.map(\.bytes.count).max() ?? 0) - 1)
        guard countMax > 0 else { return 0 }
        for count in stride(from: countMax, through: 1, by: -1) {
            let end = held.suffix(count)
            if stops.contains(where: { $0.bytes.count > count && $0.bytes.starts(with: end) }) {
                return count
            }
        }
        return 0
    }
}
