import Foundation
import TestSupport
import Testing

/// What reading a checkpoint's headers takes in memory: at most twice the file and 1 MiB, whatever it holds. Each file
/// is read in a process of its own, the first there, so that what is made once counts.
@Suite("Memory while headers are read", .serialized, .timeLimit(.minutes(5)))
struct LoadingMemoryTests {
    /// A file that repeats the smallest text that makes a reader keep something.
    struct Case: CustomTestStringConvertible, Sendable {
        let name: String
        let file: String
        var byteCount = 5 << 20
        let head: String
        let tail: String
        let item: @Sendable (Int) -> String
        var testDescription: String { "\(file): \(name)" }

        func content() -> Data {
            var bytes = Array(head.utf8)
            bytes.reserveCapacity(byteCount + (1 << 18))
            var number = 0
            while bytes.count < byteCount - 64 {
                if number > 0 { bytes.append(UInt8(ascii: ",")) }
                bytes.append(contentsOf: item(number).utf8)
                number += 1
            }
            bytes.append(contentsOf: tail.utf8)
            return Data(bytes)
        }
    }

    private static let shapes: [(String, String, String, @Sendable (Int) -> String)] = [
        ("numbers", "\"x\": [", "]", { _ in "0" }), ("empty objects", "\"x\": [", "]", { _ in "{}" }),
        ("small arrays", "\"x\": [", "]", { _ in "[0]" }),
        ("small objects", "\"x\": [", "]", { _ in "{\"\":0}" }),
        ("members", "\"x\": {", "}", { "\"\(String($0, radix: 36))\":0" }),
        ("keys", "\"x\": 0,", "", { "\"\(String($0, radix: 36))\":0" }),
        ("long strings", "\"x\": [", "]", { _ in "\"\(String(repeating: "a", count: 100_000))\"" }),
    ]

    private static let cases: [Case] =
        shapes.flatMap { name, head, tail, item in
            ["config.json", "model.safetensors.index.json", "model.safetensors"].map {
                Case(
                    name: name, file: $0, byteCount: $0 == "config.json" ? 512 << 10 : 5 << 20,
                    head: "{\(head)", tail: "\(tail)}", item: item)
            }
        } + [
            Case(
                name: "short names", file: "model.safetensors.index.json", byteCount: 2 << 20,
                head: "{\"weight_map\": {", tail: "}}", item: { "\"\(String($0, radix: 36))\":\"b\"" }),
            Case(
                name: "long names", file: "model.safetensors.index.json", head: "{\"weight_map\": {",
                tail: "}}",
                item: {
                    "\"\($0)\(String(repeating: "a", count: 150))\":\"\($0)\(String(repeating: "b", count: 150))\""
                }),
            Case(
                name: "tensors", file: "model.safetensors", byteCount: 3 << 20, head: "{", tail: "}",
                item: {
                    "\"\(String($0, radix: 36))\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]}"
                }),
            Case(
                name: "metadata", file: "model.safetensors", head: "{\"__metadata__\": {", tail: "}}",
                item: { "\"\(String($0, radix: 36))\":\"\(String(repeating: "a", count: 100))\"" }),
        ]

    @Test("hostile files", arguments: cases)
    func hostile(_ one: Case) async throws {
        let folder = try TemporaryFolder()
        var content = one.content()
        if one.file == "model.safetensors" {
            let count = UInt64(content.count)
            content = Data((0..<8).map { UInt8(truncatingIfNeeded: count >> (8 * UInt64($0))) }) + content
        }
        try content.write(to: folder.url.appending(path: one.file))
        let (path, file) = (folder.url.path, one.file)
        await #expect(processExitsWith: .success) { [path = path as String, file = file as String] in
            try HeaderMemory.expectLittle(URL(filePath: path), file)
        }
    }
}
