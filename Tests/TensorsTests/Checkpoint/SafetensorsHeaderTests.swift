import Tensors
import Testing

/// Headers as texts, for a file whose tensors begin at byte 1000.
struct SafetensorsHeaderTests {
    private func header(_ json: String, byteCount: Int = 64) throws(SafetensorsError) -> SafetensorsHeader {
        try SafetensorsHeader(
            parsing: Array(json.utf8), path: "f", tensorsStart: 1000, fileByteCount: 1000 + byteCount)
    }

    private func message(_ json: String, byteCount: Int = 64) -> String {
        do throws(SafetensorsError) {
            _ = try header(json, byteCount: byteCount)
            return "accepted"
        } catch { return "\(error)" }
    }

    private func entry(_ name: String, _ dtype: String, _ shape: String, _ offsets: String) -> String {
        "\"\(name)\":{\"dtype\":\"\(dtype)\",\"shape\":\(shape),\"data_offsets\":\(offsets)}"
    }

    @Test func tensorsComeInTheOrderOfTheirBytes() throws {
        let json =
            "{" + entry("b", "BF16", "[2,8]", "[32,64]") + "," + entry("a", "F32", "[8]", "[0,32]")
            + ",\"__metadata__\":{\"format\":\"pt\"}}  "
        let header = try header(json)
        #expect(header.tensors.map(\.name) == ["a", "b"])
        #expect(header.tensors.map(\.range) == [1000..<1032, 1032..<1064])
        #expect(header.tensors[1].dtype == .bf16)
        #expect(header.tensors[1].shape.dimensions == [2, 8])
        #expect(header.metadata == ["format": "pt"])
    }

    @Test func emptyTensorsTakeNoBytes() throws {
        let json = "{" + entry("a", "F32", "[0,5]", "[0,0]") + "," + entry("b", "F32", "[]", "[0,4]") + "}"
        #expect(try header(json, byteCount: 4).tensors.map(\.range) == [1000..<1000, 1000..<1004])
        #expect(try header("{}", byteCount: 0).tensors.isEmpty)
    }

    @Test func aTensorMustHaveTheBytesOfItsShapeAndType() {
        #expect(
            message("{" + entry("w", "F32", "[4,4]", "[0,60]") + "}")
                == "f: tensor w: shape [4, 4] of F32 is 64 bytes, data_offsets [0, 60] are 60")
        #expect(
            message("{" + entry("w", "F16", "[4,4]", "[0,64]") + "}")
                == "f: tensor w: shape [4, 4] of F16 is 32 bytes, data_offsets [0, 64] are 64")
    }

    @Test func offsetsMustLieInTheFileAndAscend() {
        #expect(
            message("{" + entry("w", "U8", "[65]", "[0,65]") + "}")
                == "f: tensor w: data_offsets are [0, 65], and the file has 64 bytes of tensors")
        #expect(
            message("{" + entry("w", "U8", "[0]", "[8,4]") + "}")
                == "f: tensor w: data_offsets are [8, 4], two ascending numbers are needed")
        #expect(
            message("{" + entry("w", "U8", "[0]", "[8]") + "}")
                == "f: tensor w: data_offsets are [8], two ascending numbers are needed")
        #expect(
            message("{" + entry("w", "U8", "[0]", "[0,9223372036854775807]") + "}")
                == "f: tensor w: data_offsets are [0, 9223372036854775807], "
                + "and the file has 64 bytes of tensors"
        )
    }

    @Test func productsThatOverflowAreNamed() {
        #expect(
            message("{" + entry("w", "F32", "[4294967296,4294967296]", "[0,64]") + "}")
                == "f: tensor w: the product of shape [4294967296, 4294967296] and F32 overflows")
        // 2^62 elements fit, their bytes do not: wrapped around they would be 0.
        #expect(
            message("{" + entry("w", "F32", "[4611686018427387904]", "[0,0]") + "}", byteCount: 0)
                == "f: tensor w: the product of shape [4611686018427387904] and F32 overflows")
    }

    @Test func overlapsAndHolesAreNamedWithTheirBytes() {
        #expect(
            message(
                "{" + entry("a", "U8", "[40]", "[0,40]") + "," + entry("b", "U8", "[32]", "[32,64]") + "}")
                == "f: tensor b begins at byte 32, before tensor a ends at 40")
        #expect(
            message(
                "{" + entry("a", "U8", "[30]", "[0,30]") + "," + entry("b", "U8", "[32]", "[32,64]") + "}")
                == "f: bytes 30 ..< 32 of the tensors belong to none, before tensor b")
        #expect(
            message("{" + entry("a", "U8", "[60]", "[4,64]") + "}")
                == "f: bytes 0 ..< 4 of the tensors belong to none, before tensor a")
        #expect(
            message("{" + entry("a", "U8", "[60]", "[0,60]") + "}")
                == "f: bytes 60 ..< 64 of the tensors belong to none, after the last one")
    }

    @Test(arguments: [
        (
            "{\"w\":{\"dtype\":\"F32\",\"shape\":[16]}}",
            "f: tensor w: dtype, shape or data_offsets is missing"
        ),
        (
            "{\"w\":{\"dtype\":\"Q4\",\"shape\":[16],\"data_offsets\":[0,64]}}",
            "f: tensor w: dtype is \"Q4\", allowed"
        ),
        (
            "{\"w\":{\"dtype\":\"F32\",\"shape\":[-1],\"data_offsets\":[0,64]}}",
            "f: tensor w: shape holds -1, not a"
        ),
        (
            "{\"w\":{\"dtype\":\"F32\",\"shape\":[1.5],\"data_offsets\":[0,64]}}",
            "f: tensor w: shape holds 1.5, not a"
        ),
        (
            "{\"w\":{\"dtype\":\"F32\",\"shape\":[9223372036854775808],\"data_offsets\":[0,64]}}",
            "f: tensor w: shape holds 9.223372036854776e+18, not a"
        ),
        (
            "{\"w\":{\"dtype\":\"F32\",\"shape\":[1,1,1,1,1,1,1,1,1],\"data_offsets\":[0,4]}}",
            "f: tensor w: shape has more than 8 numbers"
        ),
        (
            "{\"w\":{\"dtype\":\"F32\",\"type\":1}}",
            "f: tensor w has the key \"type\", allowed are dtype, shape"
        ),
        ("{\"w\":3}", "f: { is expected"),
        ("{\"w\":{},\"w\":{}}", "f: the key \"w\" appears twice in one object"),
        ("{\"__metadata__\":{\"a\":1}}", "f: \" is expected"),
        (" {}", "f: the header does not begin with {"),
        ("[]", "f: the header does not begin with {"),
        ("{} x", "f: 1 bytes follow the last value"),
    ])
    func fieldsOfTheWrongKindAreNamed(json: String, expected: String) {
        #expect(message(json).hasPrefix(expected), "\(message(json))")
    }
}
