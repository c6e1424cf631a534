import Crypto
import Foundation
import Models
import Tensors
import TestSupport
import Testing

struct CheckpointDigestTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        try RandomCheckpoint.write(
            configurationJSON: CheckpointDigestTests.configuration.json, dtype: .f32, seed: 1, to: folder.url)
        try Data("{}".utf8).write(to: folder.url.appending(path: "tokenizer.json"))
    }

    /// The embedding has 1013 x 36 floats: more than 8 KiB; a norm has 144 bytes.
    private static let configuration = ConfigurationText.llama.with(["num_hidden_layers": "1"])

    private var digest: String { get throws { try CheckpointDigest.compute(folder.url).hexadecimal } }

    private func change(_ name: String, _ body: (inout Data) -> Void) throws {
        let url = folder.url.appending(path: name)
        var data = try Data(contentsOf: url)
        body(&data)
        try data.write(to: url)
    }

    @Test func theDigestIsTheDocumentedHash() throws {
        var hash = SHA256()
        let configuration = Data(CheckpointDigestTests.configuration.json.utf8)
        hash.update(data: Data("file config.json \(configuration.count)\n".utf8) + configuration)
        hash.update(data: Data("file tokenizer.json 2\n{}".utf8))
        let weights = try Data(contentsOf: folder.url.appending(path: "model.safetensors"))
        hash.update(data: Data("weights model.safetensors \(weights.count)\n".utf8))
        let headerCount = 8 + weights.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
        hash.update(data: weights.prefix(headerCount))
        // In file order: embedding, norm, q, k, v, o, norm, gate, up, down, norm, head.
        let counts = [1013 * 36, 36, 24 * 36, 8 * 36, 8 * 36, 36 * 24, 36, 3600, 3600, 3600, 36, 1013 * 36]
        var offset = headerCount
        for count in counts {
            let tensor = weights[offset..<offset + 4 * count]
            hash.update(data: tensor.count <= 8192 ? tensor : tensor.prefix(4096) + tensor.suffix(4096))
            offset += 4 * count
        }
        #expect(offset == weights.count)
        #expect(try digest == hash.finalize().map { String(format: "%02x", $0) }.joined())
    }

    @Test func theWeightStampChangesWithEveryWriteAndTheDigestDoesNot() throws {
        func stamp() throws -> String { CheckpointDigest.weightStamp(try Checkpoint(directory: folder.url)) }
        let (first, digest) = (try stamp(), try digest)
        #expect(first.count == 64)
        #expect(try stamp() == first)
        #expect(try CheckpointInspector().weightStamp(of: folder.url) == first)
        // In the middle of the embedding, which the digest does not look at.
        try change("model.safetensors") { $0[$0.count / 3] ^= 1 }
        let second = try stamp()
        #expect(second != first)
        #expect(try self.digest == digest)
        // Another file of the same bytes and time.
        let url = folder.url.appending(path: "model.safetensors")
        let time = try #require(
            try FileManager.default.attributesOfItem(atPath: url.path)[.modificationDate] as? Date)
        try FileManager.default.copyItem(at: url, to: folder.url.appending(path: "copy"))
        try FileManager.default.removeItem(at: url)
        try FileManager.default.moveItem(at: folder.url.appending(path: "copy"), to: url)
        try FileManager.default.setAttributes([.modificationDate: time], ofItemAtPath: url.path)
        #expect(try stamp() != second)
        // Files that hold no weights have no part in it.
        let third = try stamp()
        try change("tokenizer.json") { $0.append(UInt8(ascii: " ")) }
        #expect(try stamp() == third)
    }

    @Test func anyFileThatDecidesAnswersChangesTheDigest() throws {
        var digests: Set<String> = [try digest]
        try change("config.json") { $0.append(UInt8(ascii: " ")) }
        digests.insert(try digest)
        try change("tokenizer.json") { $0.append(UInt8(ascii: " ")) }
        digests.insert(try digest)
        try Data("{}".utf8).write(to: folder.url.appending(path: "generation_config.json"))
        digests.insert(try digest)
        // The last byte of the last tensor.
        try change("model.safetensors") { $0[$0.count - 1] ^= 1 }
        digests.insert(try digest)
        #expect(digests.count == 5)
    }

    @Test func namesAndTimesOfTheDirectoryHaveNoPartInIt() throws {
        let before = try digest
        let copy = try TemporaryFolder()
        let target = copy.url.appending(path: "elsewhere")
        try FileManager.default.copyItem(at: folder.url, to: target)
        try Data("notes".utf8).write(to: target.appending(path: "README.md"))
        #expect(try CheckpointDigest.compute(target).hexadecimal == before)
    }
}
