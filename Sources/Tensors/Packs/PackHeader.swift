package import Platform

/// The first 4096 bytes of a pack: which checkpoint, in which layout.
///
///     0 ..< 8      "SKEINPAK"
///     8 ..< 12     version, UInt32
///     12 ..< 16    bytes of the header, UInt32
///     16 ..< 24    bytes of the pack, UInt64
///     24 ..< 28    bytes of the layout id, UInt32; then bytes of the digest, UInt32
///     32 ..< 96    layout id, UTF-8, zeros after it
///     96 ..< 224   checkpoint digest in hexadecimal, UTF-8, zeros after it
///     ..< 4096     zeros
package struct PackHeader: Equatable, Sendable {
    /// Bytes of the header.
    package static let byteCount = 4096
    /// The only version so far.
    package static let version: UInt32 = 1
    /// Bytes of a layout id at most.
    package static let layoutIDByteCountMax = 64
    /// Bytes of a digest at most.
    package static let digestByteCountMax = 128

    private static let magic = Array("SKEINPAK".utf8)

    /// Bytes of the whole pack.
    package let packByteCount: Int
    /// Name of the layout.
    package let layoutID: String
    /// Digest of the checkpoint, in hexadecimal.
    package let digest: String

    /// Makes a header.
    package init(packByteCount: Int, layoutID: String, digest: String) {
        precondition(
            layoutID.utf8.count <= PackHeader.layoutIDByteCountMax, "layout id \(layoutID) is too long")
        precondition(digest.utf8.count <= PackHeader.digestByteCountMax, "digest \(digest) is too long")
        self.packByteCount = packByteCount
        self.layoutID = layoutID
        self.digest = digest
    }

    /// The 4096 bytes.
    package var encoded: [UInt8] {
        var writer = ByteWriter(reservingCapacity: PackHeader.byteCount)
        writer.append(raw: PackHeader.magic)
        writer.append(PackHeader.version)
        writer.append(UInt32(PackHeader.byteCount))
        writer.append(UInt64(packByteCount))
        writer.append(UInt32(layoutID.utf8.count))
        writer.append(UInt32(digest.utf8.count))
        writer.append(raw: PackHeader.padded(layoutID, to: PackHeader.layoutIDByteCountMax))
        writer.append(raw: PackHeader.padded(digest, to: PackHeader.digestByteCountMax))
        return writer.bytes + [UInt8](repeating: 0, count: PackHeader.byteCount - writer.bytes.count)
    }

    /// Reads a header; throws a `WireError` naming the field that is wrong.
    package init(decoding bytes: [UInt8]) throws(WireError) {
        var reader = ByteReader(bytes, range: 0..<bytes.count)
        var magic: [UInt8] = []
        try reader.readBytes(count: PackHeader.magic.count, into: &magic, "pack magic")
        guard magic == PackHeader.magic else {
            throw .outOfRange(what: "pack magic", value: Int64(magic[0]), allowed: 0x53...0x53)
        }
        let version = try reader.readUInt32("pack version")
        guard version == PackHeader.version else {
            throw .unsupportedVersion(found: UInt16(clamping: version), supported: UInt16(PackHeader.version))
        }
        let headerByteCount = try reader.readUInt32("pack header bytes")
        guard headerByteCount == UInt32(PackHeader.byteCount) else {
            throw .outOfRange(
                what: "pack header bytes", value: Int64(headerByteCount),
                allowed: Int64(PackHeader.byteCount)...Int64(PackHeader.byteCount))
        }
        let packByteCount = try reader.readUInt64("pack bytes")
        guard packByteCount <= UInt64(Int64.max) else {
            throw .outOfRange(what: "pack bytes", value: .max, allowed: 0...Int64.max - 1)
        }
        let layoutCount = try reader.readCount("layout id bytes", limit: PackHeader.layoutIDByteCountMax)
        let digestCount = try reader.readCount("digest bytes", limit: PackHeader.digestByteCountMax)
        var layout: [UInt8] = []
        var digest: [UInt8] = []
        try reader.readBytes(count: PackHeader.layoutIDByteCountMax, into: &layout, "layout id")
        try reader.readBytes(count: PackHeader.digestByteCountMax, into: &digest, "digest")
        self.packByteCount = Int(packByteCount)
        layoutID = String(decoding: layout.prefix(layoutCount), as: UTF8.self)
        self.digest = String(decoding: digest.prefix(digestCount), as: UTF8.self)
    }

    private static func padded(_ text: String, to byteCount: Int) -> [UInt8] {
        let bytes = Array(text.utf8)
        return bytes + [UInt8](repeating: 0, count: byteCount - bytes.count)
    }
}
