import Platform
import Tensors
import Testing

struct PackHeaderTests {
    private let header = PackHeader(packByteCount: 1 << 40, layoutID: "f32-1-0123", digest: "abcdef")

    @Test func aHeaderIsReadAsItWasWritten() throws {
        #expect(header.encoded.count == PackHeader.byteCount)
        #expect(try PackHeader(decoding: header.encoded) == header)
    }

    @Test func fieldsLieWhereTheFormatSays() {
        let bytes = header.encoded
        #expect(Array(bytes[0..<8]) == Array("SKEINPAK".utf8))
        #expect(Array(bytes[8..<16]) == [1, 0, 0, 0, 0, 16, 0, 0])
        #expect(Array(bytes[16..<24]) == [0, 0, 0, 0, 0, 1, 0, 0])
        #expect(Array(bytes[24..<32]) == [10, 0, 0, 0, 6, 0, 0, 0])
        #expect(Array(bytes[32..<42]) == Array("f32-1-0123".utf8))
        #expect(Array(bytes[96..<102]) == Array("abcdef".utf8))
        #expect(bytes[102...].allSatisfy { $0 == 0 })
    }

    @Test(arguments: [
        (0, UInt8(0)), (8, 2), (12, 1), (23, 0x80), (24, 65), (28, 129),
    ])
    func aChangedFieldIsRefused(offset: Int, value: UInt8) {
        var bytes = header.encoded
        bytes[offset] = value
        #expect(throws: WireError.self) { try PackHeader(decoding: bytes) }
    }

    @Test func aShortHeaderIsTruncated() {
        #expect(throws: WireError.truncated(what: "digest", needed: 128, available: 100)) {
            try PackHeader(decoding: Array(header.encoded[..<196]))
        }
    }
}
