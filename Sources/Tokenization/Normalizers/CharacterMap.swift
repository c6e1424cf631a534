internal import Foundation

/// SentencePiece's `precompiled_charsmap`: which character sequences become which others, as a double-array
/// tree (darts-clone's layout) over a block of replacements.
///
/// A file may hold any numbers: every step is checked, and one that leads outside ends the walk.
struct CharacterMap: Sendable {
    private let units: [UInt32]
    /// Replacements, valid UTF-8, each ended by a zero byte.
    private let replacements: [UInt8]

    /// Reads the size of the tree in bytes, the tree, and the replacements, little endian.
    init(_ bytes: [UInt8], path: String) throws {
        func unit(at offset: Int) -> UInt32 {
            (0..<4).reduce(0) { $0 | UInt32(bytes[offset + $1]) << UInt32(8 * $1) }
        }
        guard bytes.count >= 4 else {
            throw TokenizationError(
                .malformedFile, "\(path): has \(bytes.count) bytes; at least 4 are needed")
        }
        let treeByteCount = Int(unit(at: 0))
        guard treeByteCount % 4 == 0, treeByteCount <= bytes.count - 4 else {
            throw TokenizationError(
                .malformedFile,
                "\(path): the tree has \(treeByteCount) bytes; allowed are multiples of 4 up to \(bytes.count - 4)"
            )
        }
        units = stride(from: 4, to: 4 + treeByteCount, by: 4).map(unit)
        replacements = Array(bytes[(4 + treeByteCount)...])
        guard String(validating: replacements, as: UTF8.self) != nil else {
            throw TokenizationError(.malformedFile, "\(path): the replacements are not UTF-8 text")
        }
    }

    /// How many bytes the map takes.
    var byteCount: Int { 4 * units.count + replacements.count }

    /// Reads the key `precompiled_charsmap` in base 64.
    init(_ file: FileObject) throws {
        let bytes = Foundation.Data(base64Encoded: try file.string("precompiled_charsmap"))
            .map { Array($0) }
        guard let bytes else { throw file.fault("precompiled_charsmap", "is not base 64") }
        try self.init(bytes, path: file.path("precompiled_charsmap"))
    }

    /// Which of several matches counts.
    enum Choice {
        case shortest
        case longest
    }

    /// The replacement of the sequence that `text[range]` starts with, and how many bytes that has.
    func match(
        _ choice: Choice, in text: Span<UInt8>, _ range: Range<Int>
    ) -> (replacement: Range<Int>, byteCount: Int)? {
        guard var unit = units.first else { return nil }
        var position = Self.offset(unit)
        var found: (replacement: Range<Int>, byteCount: Int)?
        for index in range {
            let byte = UInt32(text[index])
            guard byte != 0 else { break }
            position ^= byte
            guard Int(position) < units.count else { break }
            unit = units[Int(position)]
            guard unit & 0x8000_00FF == byte else { break }
            position ^= Self.offset(unit)
            guard unit >> 8 & 1 == 1 else { continue }
            guard Int(position) < units.count, let replacement = replacement(at: units[Int(position)]) else {
                break
            }
            found = (replacement, index + 1 - range.lowerBound)
            if choice == .shortest { break }
        }
        return found
    }

    /// Appends a replacement that `match` found.
    func append(_ replacement: Range<Int>, to output: inout [UInt8]) {
        output.append(contentsOf: replacements[replacement])
    }

    /// The bytes of a replacement.
    func bytes(_ replacement: Range<Int>) -> ArraySlice<UInt8> { replacements[replacement] }

    private static func offset(_ unit: UInt32) -> UInt32 { (unit >> 10) << ((unit & 0x200) >> 6) }

    private func replacement(at leaf: UInt32) -> Range<Int>? {
        let start = Int(leaf & 0x7FFF_FFFF)
        // A replacement starts where a character does: else it would not be text.
        guard start < replacements.count, replacements[start] & 0xC0 != 0x80 else { return nil }
        return start..<(replacements[start...].firstIndex(of: 0) ?? replacements.count)
    }

    // MARK: - The whole text, as `tokenizers` does it

    /// The text with each grapheme cluster replaced that has less than six bytes and starts with a sequence of
    /// the map; of other clusters, each character that does.
    func normalized(_ text: [UInt8]) -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(text.count + text.count / 8)
        var start = 0
        while start < text.count {
            // Between two ASCII characters there is a boundary, but inside a line end.
            var end = start + 1
            while end < text.count, text[end - 1] >= 0x80 || text[end] >= 0x80 || Self.isLineEnd(text, end) {
                end += 1
            }
            if end == start + 1 {
                appendCharacters(of: text, start..<end, to: &output)
            } else {
                appendClusters(of: text, start..<end, to: &output)
            }
            start = end
        }
        return output
    }

    private static func isLineEnd(_ text: [UInt8], _ offset: Int) -> Bool {
        text[offset] == UInt8(ascii: "\n") && text[offset - 1] == UInt8(ascii: "\r")
    }

    private func appendClusters(of text: [UInt8], _ range: Range<Int>, to output: inout [UInt8]) {
        var start = range.lowerBound
        for cluster in String(decoding: text[range], as: UTF8.self) {
            let end = start + cluster.utf8.count
            if end - start < 6, let match = match(.shortest, in: text.span, start..<end) {
                append(match.replacement, to: &output)
            } else {
                appendCharacters(of: text, start..<end, to: &output)
            }
            start = end
        }
    }

    private func appendCharacters(of text: [UInt8], _ range: Range<Int>, to output: inout [UInt8]) {
        var start = range.lowerBound
        while start < range.upperBound {
            let end = start + UTF8Scan.sequenceByteCount(text[start])
            if let match = match(.shortest, in: text.span, start..<end) {
                append(match.replacement, to: &output)
            } else {
                output.append(contentsOf: text[start..<end])
            }
            start = end
        }
    }
}
