import Foundation
import Tensors
import TestSupport
import Testing

extension GGUFText {
    /// The file as it is read, or the refusal.
    fileprivate func open() throws -> GGUFFile {
        let folder = try TemporaryFolder()
        let path = folder.url.appending(path: "model.gguf")
        try Data(bytes).write(to: path)
        defer { withExtendedLifetime(folder) {} }
        return try GGUFFile(path: path.path)
    }

    fileprivate func message() -> String {
        do {
            _ = try open()
            return "accepted"
        } catch { return "\(error)".components(separatedBy: "model.gguf: ").last ?? "" }
    }
}

struct GGUFFileTests {
    private func text(_ make: (inout GGUFText) -> Void) -> GGUFText {
        var text = GGUFText()
        make(&text)
        return text
    }

    @Test func valuesAndTensorsAreRead() throws {
        let file = try text {
            $0.start(tensors: 2, values: 4)
            $0.addValue("general.alignment", u32: 64)
            $0.add("f")
            $0.add(UInt32(6))
            $0.add((1e-5 as Float).bitPattern)
            $0.add("words")
            $0.add(UInt32(9))
            $0.add(UInt32(8))
            $0.add(UInt64(2))
            $0.add("one")
            $0.add("zwölf")
            $0.add("flag")
            $0.add(UInt32(7))
            $0.add(UInt8(1))
            $0.addTensor("a", [64, 3], type: 2, offset: 0)
            $0.addTensor("b", [5], type: 0, offset: 128)
            $0.addData(148, alignment: 64)
        }.open()
        #expect(file.keys == ["general.alignment", "f", "words", "flag"])
        // The decimal number that was meant.
        #expect(file["f"] == .number(1e-5))
        #expect(file["flag"] == .bool(true))
        #expect(file["missing"] == nil)
        guard case .array(let words)? = file["words"] else {
            Issue.record("no array")
            return
        }
        var found: [String] = []
        try file.forEach(in: words) { element in
            if case .text(let bytes) = element { found.append(String(decoding: bytes, as: UTF8.self)) }
        }
        #expect(found == ["one", "zwölf"])
        let tensor = try #require(file.tensor("a"))
        #expect(tensor.dimensions == [3, 64])
        #expect(tensor.format == .blocks(.q4x0))
        #expect(tensor.range.count == 3 * 2 * 18)
        #expect(tensor.range.lowerBound.isMultiple(of: 64))
        #expect(file.tensor("b")?.range.count == 20)
        #expect(file.tensor("c") == nil)
    }

    @Test func aTypeThatIsNotReadIsThereWithoutBytes() throws {
        let file = try text {
            $0.start(tensors: 1)
            $0.addTensor("a", [256], type: 16, offset: 0)
        }.open()
        #expect(file.tensor("a")?.format == nil)
        #expect(file.tensor("a")?.typeNumber == 16)
    }

    @Test func wrongStartsAreRefused() {
        #expect(text { $0.bytes = Array("GGU".utf8) }.message() == "the file is no GGUF file, at byte 0")
        #expect(
            text { $0.bytes = Array("GGMLxxxxxxxx".utf8) }.message() == "the file is no GGUF file, at byte 0")
        #expect(text { $0.start(version: 1) }.message() == "the version is 1, allowed are 2 to 3, at byte 8")
        #expect(
            text { $0.start(version: 3 << 24) }.message()
                == "the file is big-endian, which is not supported, at byte 8")
        #expect(
            text { $0.start(tensors: 1 << 40) }.message()
                == "the tensor count is 1099511627776, allowed are up to 1048576, at byte 16")
        #expect(
            text { $0.start(values: 65537) }.message()
                == "the value count is 65537, allowed are up to 65536, at byte 24")
        #expect(
            text { $0.start(values: 1) }.message() == "a key needs 8 bytes, the file has 0 left, at byte 24")
    }

    @Test func wrongValuesAreRefused() {
        func message(_ make: (inout GGUFText) -> Void) -> String {
            text {
                $0.start(values: 1)
                make(&$0)
            }.message()
        }
        #expect(
            message { $0.add(UInt64(1 << 20)) } == "a key is 1048576, allowed are up to 65536, at byte 32")
        #expect(
            message {
                $0.add("k")
                $0.add(UInt32(13))
            } == "a value has the type 13, known are 0 to 12, at byte 37")
        #expect(
            message {
                $0.add("k")
                $0.add(UInt32(9))
                $0.add(UInt32(9))
            } == "an array of arrays is not supported, at byte 41")
        #expect(
            message {
                $0.add("k")
                $0.add(UInt32(9))
                $0.add(UInt32(5))
                $0.add(UInt64.max)
            } == "an array's length is 18446744073709551615, allowed are up to 2, at byte 49")
        #expect(
            message {
                $0.add("k")
                $0.add(UInt32(8))
                $0.add(UInt64(100))
            } == "a text needs 100 bytes, the file has 0 left, at byte 45")
        #expect(
            message {
                $0.add("k")
                $0.add(UInt32(7))
                $0.add(UInt8(2))
            } == "a flag is 2, allowed are 0 and 1, at byte 38")
        #expect(
            message { $0.addValue("general.alignment", u32: 48) }
                .hasSuffix("general.alignment is 48, allowed is a power of two up to 1048576"))
        let twice = text {
            $0.start(values: 2)
            $0.addValue("k", u32: 1)
            $0.addValue("k", u32: 1)
        }
        #expect(twice.message().hasSuffix("k is there twice"))
    }

    @Test func wrongTensorsAreRefused() {
        func message(_ dimensions: [UInt64], type: UInt32 = 0, offset: UInt64 = 0, data: Int = 64) -> String {
            text {
                $0.start(tensors: 1)
                $0.addTensor("t", dimensions, type: type, offset: offset)
                $0.addData(data)
            }.message()
        }
        #expect(message([4, 4]) == "accepted")
        #expect(
            message([4, 5]) == "tensor t: it has 80 bytes at offset 0, the file has 64 of tensors")
        #expect(
            message([4], offset: 64) == "tensor t: it has 16 bytes at offset 64, the file has 64 of tensors")
        #expect(message([4], offset: 8) == "tensor t: its offset 8 is no multiple of the alignment 32")
        #expect(message([1, 1, 1, 1, 1]) == "tensor t: it has 5 dimensions, allowed are 1 to 4")
        #expect(message([]) == "tensor t: it has 0 dimensions, allowed are 1 to 4")
        #expect(
            message([1 << 30, 1 << 30, 1 << 30])
                == "tensor t: the product of its dimensions [1073741824, 1073741824, 1073741824] overflows")
        #expect(message([48], type: 8) == "tensor t: rows of 48 are no whole blocks of Q8_0, which have 32")
        let twice = text {
            $0.start(tensors: 2)
            $0.addTensor("t", [4], type: 0, offset: 0)
            $0.addTensor("u", [4], type: 0, offset: 0)
            $0.addData(64)
        }
        #expect(twice.message().contains("before tensor"))
    }
}
