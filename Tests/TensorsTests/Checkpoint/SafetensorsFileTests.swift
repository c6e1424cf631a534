import Foundation
import Glibc
import Tensors
import TestSupport
import Testing

struct SafetensorsFileTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func path(_ bytes: [UInt8]) throws -> String {
        let url = folder.url.appending(path: "f.safetensors")
        try Data(bytes).write(to: url)
        return url.path
    }

    private func message(_ path: String) -> String {
        do throws(SafetensorsError) {
            _ = try SafetensorsFile(path: path)
            return "accepted"
        } catch { return "\(error)" }
    }

    private func length(_ value: UInt64) -> [UInt8] {
        (0..<8).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }

    @Test func whatTheWriterWritesIsRead() throws {
        let path = folder.url.appending(path: "w.safetensors").path
        let tensors = [
            SafetensorsWriter.Tensor(name: "a", dtype: .u8, shape: Shape([3])!),
            SafetensorsWriter.Tensor(name: "b", dtype: .i16, shape: Shape([2, 2])!),
        ]
        try SafetensorsWriter.write(tensors, to: path) { index, range, bytes in
            for element in range {
                if index == 0 {
                    bytes[element] = UInt8(element)
                } else {
                    bytes[2 * element] = UInt8(10 * element)
                }
            }
        }
        let file = try SafetensorsFile(path: path)
        let b = try #require(file.tensor("b"))
        var bytes = [UInt8](repeating: 9, count: 10)
        try file.file.read(b.range, into: &bytes, at: 1)
        #expect(bytes == [9, 0, 0, 10, 0, 20, 0, 30, 0, 9])
        #expect(file.tensor("c") == nil)
        #expect((file.lengthBytes.count + file.json.count).isMultiple(of: 8))
    }

    @Test(arguments: [UInt64(0), 1, 57, 100_000_001, 1 << 63, .max])
    func headerLengthsBeyondTheFileOrTheLimitAreRefused(claimed: UInt64) throws {
        let path = try path(length(claimed) + [UInt8](repeating: 0x20, count: 56))
        #expect(message(path) == "\(path): the header claims \(claimed) bytes, allowed are 2 to 56")
    }

    @Test func aHeaderMayFillTheWholeFile() throws {
        #expect(message(try path(length(2) + Array("{}".utf8))) == "accepted")
    }

    @Test func filesWithoutALengthAreTruncated() throws {
        let path = try path([2, 0, 0])
        #expect(message(path) == "\(path) is truncated: bytes 0 ..< 8 are needed, 3 could be read")
    }

    @Test func aFileCutShortIsRefusedWhenItIsOpened() throws {
        let tensors = [SafetensorsWriter.Tensor(name: "w", dtype: .f32, shape: Shape([16])!)]
        let whole = SafetensorsWriter.header(of: tensors) + [UInt8](repeating: 1, count: 63)
        let path = try path(whole)
        #expect(
            message(path)
                == "\(path): tensor w: data_offsets are [0, 64], and the file has 63 bytes of tensors")
    }

    @Test func aFileThatShrinksAfterItWasOpenedIsAnErrorAndNotASignal() throws {
        let tensors = [SafetensorsWriter.Tensor(name: "w", dtype: .f32, shape: Shape([16])!)]
        let path = try path(SafetensorsWriter.header(of: tensors) + [UInt8](repeating: 1, count: 64))
        let file = try SafetensorsFile(path: path)
        let range = try #require(file.tensor("w")).range
        let status = unsafe truncate(path, range.lowerBound + 10)
        #expect(status == 0)
        var bytes = [UInt8](repeating: 0, count: 64)
        #expect(throws: CheckpointFileError.truncated(path: path, range: range, byteCount: 10)) {
            try file.file.read(range, into: &bytes, at: 0)
        }
    }

    @Test func directoriesAndMissingFilesAreNamed() throws {
        #expect(message(folder.url.path) == "\(folder.url.path) is not a regular file")
        #expect(message("/nowhere/x") == "/nowhere/x cannot be opened: No such file or directory")
    }

    @Test func smallFilesAreReadWholeUpToTheirLimit() throws {
        let path = try path([1, 2, 3])
        #expect(try CheckpointFile(path: path).readAll(limit: 3) == [1, 2, 3])
        #expect(throws: CheckpointFileError.tooLarge(path: path, byteCount: 3, limit: 2)) {
            try CheckpointFile(path: path).readAll(limit: 2)
        }
    }
}
