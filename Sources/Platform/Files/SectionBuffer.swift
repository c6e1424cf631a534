import CPlatform

/// The memory that a file's sections go through, one at a time, to be checked or copied.
package struct SectionBuffer: Sendable {
    /// Bytes of a section; a file's last one may be shorter.
    package static let byteCount = 1 << 20
    /// A section's checksum: the CRC-32C of its four quarters. A short section is filled up with zeros to the next
    /// multiple of four bytes.
    package typealias Checksum = SIMD4<UInt32>

    private var bytes = [UInt8](repeating: 0, count: SectionBuffer.byteCount)
    /// Bytes read last, and those bytes filled up.
    private var count = 0

    /// An empty buffer.
    package init() {}

    /// Sections of a file of `byteCount` bytes.
    package static func sectionCount(of byteCount: Int) -> Int {
        (byteCount + SectionBuffer.byteCount - 1) / SectionBuffer.byteCount
    }

    /// Where a section of a file of `byteCount` bytes lies.
    package static func range(of section: Int, of byteCount: Int) -> Range<Int> {
        let start = section * SectionBuffer.byteCount
        return start..<min(start + SectionBuffer.byteCount, byteCount)
    }

    /// Reads a range of a file, one section at most, all of it or throws.
    package mutating func read(_ range: Range<Int>, of file: OwnedDescriptor) throws(SystemError) {
        try file.read(range, into: &bytes)
        count = range.count
        for index in count..<paddedCount { bytes[index] = 0 }
    }

    /// Writes what was read last at `offset` of another file.
    package func write(to file: OwnedDescriptor, at offset: Int) throws(SystemError) {
        try file.write(bytes, count: count, at: offset)
    }

    /// The checksum of what was read last.
    package var checksum: Checksum {
        var parts: [UInt32] = [0, 0, 0, 0]
        unsafe bytes.withUnsafeBufferPointer { bytes in
            unsafe skein_crc32c_parts(bytes.baseAddress!, paddedCount / 4, &parts)
        }
        return Checksum(parts[0], parts[1], parts[2], parts[3])
    }

    /// The CRC-32C of some bytes.
    package static func checksum(of bytes: [UInt8]) -> UInt32 { unsafe skein_crc32c(bytes, bytes.count) }

    private var paddedCount: Int { (count + 3) / 4 * 4 }
}
