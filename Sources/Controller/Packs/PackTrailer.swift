import Platform

/// What follows a pack in its file of the pack cache: what it is, and the checksums of its sections.
///
///     0 ..< 8      "SKEINEND"
///     8 ..< 12     version, UInt32
///     12 ..< 16    bytes of the key, UInt32
///     16 ..< 24    bytes of the pack, UInt64
///     24 ..< 28    bytes of a section, UInt32; then sections, UInt32
///     32 ..<       the key, UTF-8; then four CRC-32C of each section, UInt32; then the CRC-32C of all before it
///
/// The pack comes first, so that the file is mapped as the pack is.
struct PackTrailer: Equatable, Sendable {
    private static let magic = Array("SKEINEND".utf8)
    private static let version: UInt32 = 1
    private static let headByteCount = 32

    /// The key, as text.
    let key: String
    /// Bytes of the pack.
    let packByteCount: Int
    /// One a section, in order.
    let checksums: [SectionBuffer.Checksum]

    /// Makes a trailer from all its fields.
    init(key: PackCacheKey, checksums: [SectionBuffer.Checksum]) {
        self.key = key.text
        packByteCount = key.packByteCount
        self.checksums = checksums
    }

    /// Bytes of the trailer that a key's file has.
    static func byteCount(of key: PackCacheKey) -> Int {
        headByteCount + key.text.utf8.count + 16 * SectionBuffer.sectionCount(of: key.packByteCount) + 4
    }

    /// Its bytes.
    var encoded: [UInt8] {
        var writer = ByteWriter()
        writer.append(raw: Self.magic)
        writer.append(Self.version)
        writer.append(UInt32(key.utf8.count))
        writer.append(UInt64(packByteCount))
        writer.append(UInt32(SectionBuffer.byteCount))
        writer.append(UInt32(checksums.count))
        writer.append(raw: Array(key.utf8))
        for checksum in checksums {
            for index in 0..<4 { writer.append(checksum[index]) }
        }
        writer.append(SectionBuffer.checksum(of: writer.bytes))
        return writer.bytes
    }

    /// Reads the trailer of the file that is to hold `expected`; throws what is wrong with it.
    init(decoding bytes: [UInt8], expected: PackCacheKey) throws(PackCacheFault) {
        let count = SectionBuffer.sectionCount(of: expected.packByteCount)
        guard bytes.count == Self.byteCount(of: expected), bytes.starts(with: Self.magic) else {
            throw .damaged("it does not end as a pack does")
        }
        let end = bytes.count - 4
        var reader = ByteReader(bytes, range: end - 16 * count..<bytes.count)
        var checksums: [SectionBuffer.Checksum] = []
        let own: UInt32
        do {
            for _ in 0..<count {
                var checksum = SectionBuffer.Checksum()
                for index in 0..<4 { checksum[index] = try reader.readUInt32("section checksum") }
                checksums.append(checksum)
            }
            own = try reader.readUInt32("trailer checksum")
        } catch {
            throw .damaged("\(error)")
        }
        guard own == SectionBuffer.checksum(of: Array(bytes[..<end])) else {
            throw .damaged("the checksum of its end is wrong")
        }
        self.init(key: expected, checksums: checksums)
        // What is not a checksum is known: key, sizes and version.
        guard encoded == bytes else { throw .otherPack }
    }
}
