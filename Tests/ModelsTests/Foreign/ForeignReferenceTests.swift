import Crypto
import Foundation
import Models
import Platform
import Tensors
import Testing
import WorkerMessages

@Suite("Models that other programs stored")
struct ForeignReferenceTests {
    @Test("greedy tokens are transformers'", arguments: ForeignReference.names)
    func greedyTokens(name: String) throws {
        for (index, example) in try ForeignReference(name).cases.enumerated() {
            let reader = try ForwardReader(ForeignReference.model(name))
            let tokens = try reader.generate(example.promptIDs, count: example.generatedIDs.count)
            #expect(tokens == example.generatedIDs, "case \(index)")
        }
    }

    /// Tolerance: f32 sums in another order than torch's.
    @Test("logits are transformers' within 1e-4", arguments: ForeignReference.names)
    func logits(name: String) throws {
        for example in try ForeignReference(name).cases {
            let expected = unsafe example.logits.withUnsafeBytes {
                unsafe Array($0.bindMemory(to: Float.self))
            }
            let reader = try ForwardReader(ForeignReference.model(name))
            let rows = try Self.rows(of: example.promptIDs, reader)
            let width = reader.configuration.vocabularyCount
            #expect(example.positions.count * width == expected.count)
            for (index, position) in example.positions.enumerated() {
                let wanted = expected[index * width..<(index + 1) * width]
                let scale = wanted.map(abs).max() ?? 0
                let worst = zip(rows[position], wanted).map { abs($0 - $1) }.max() ?? .infinity
                #expect(worst / scale <= 1e-4, "position \(position): \(worst / scale)")
            }
        }
    }

    @Test(
        "the same bits from one rank and from two, in every way of storing them",
        arguments: ForeignReference.names)
    func splits(name: String) throws {
        let isKept = ForeignReference.keptNames.contains(name)
        for format in [WeightFormat.f32, .int8, .int4] + (isKept ? [WeightFormat.stored] : []) {
            let prompt = try ForeignReference(name).cases[0].promptIDs
            func bits(_ layout: ForwardLayout) throws -> [[UInt32]] {
                let reader = try ForwardReader(ForeignReference.model(name), layout: layout, format: format)
                return try Self.rows(of: prompt, reader).map { $0.map(\.bitPattern) }
            }
            let expected = try bits(ForwardLayout())
            #expect(try bits(ForwardLayout(rankCount: 2, threadCount: 2)) == expected, "\(format)")
            #expect(try bits(ForwardLayout(rankCount: 3, transport: .unix)) == expected, "\(format)")
        }
    }

    @Test("stored codes stay as they are: every weight is what it was", arguments: ForeignReference.keptNames)
    func keptWeights(name: String) throws {
        let model = ForeignReference.model(name)
        let plain = try StoredPack(model, .f32)
        let stored = try StoredPack(model, .stored)
        var keptCount = 0
        for (index, entry) in stored.layout.entries.enumerated() {
            guard case .tiles = entry.storage, case .quantized(let quantization) = entry.format,
                entry.layer != nil
            else { continue }
            #expect(quantization.groupCount == (name == "gptq-v2" ? 64 : name == "gptq-v2-row" ? 128 : 32))
            let expected = plain.weights(of: plain.layout.entries[index])
            let found = stored.weights(of: entry)
            #expect(found == expected, "\(entry.role) of layer \(entry.layer ?? -1)")
            keptCount += 1
        }
        #expect(keptCount >= 7)
    }

    @Test("auto keeps what can be kept, and chooses by size otherwise", arguments: ForeignReference.names)
    func automatic(name: String) throws {
        let summary = try CheckpointInspector().inspect(
            ModelInspection(
                directory: ForeignReference.model(name), rankCount: 1, rowCountMax: 8, weightType: "auto",
                keyValueType: "f32"))
        #expect(summary.weightType == (ForeignReference.keptNames.contains(name) ? "stored" : "int8"))
        #expect((summary.tokenizerMetadata != nil) == name.hasSuffix(".gguf"))
    }

    @Test("every tensor's numbers are those of gguf's dequantize", arguments: ForeignReference.blockFiles)
    func tensorNumbers(name: String) throws {
        let file = try GGUFFile(path: ForeignReference.model("\(name).gguf").path)
        let digests = try #require(try ForeignReference("\(name).gguf").tensorSHA256)
        #expect(digests.count == file.tensors.count)
        let kernels = try Kernels(.best)
        for tensor in file.tensors {
            let count = tensor.dimensions.reduce(1, *)
            let buffer = try FloatBuffer(rowCount: 1, columnCount: count)
            var staging = StagingBuffer(byteCount: tensor.range.count)
            try staging.read(tensor.range, of: file.file, at: 0)
            let view = buffer.view(rowCount: 1, columnCount: count)
            switch try #require(tensor.format) {
            case .plain(let storage): staging.widen(storage, into: view, kernels: kernels)
            case .blocks(let format): staging.widen(format, from: 0, into: view)
            }
            var hash = SHA256()
            for index in 0..<count {
                let bits = view.readOnly[0, index].bitPattern
                hash.update(data: (0..<4).map { UInt8(truncatingIfNeeded: bits >> (8 * $0)) })
            }
            let digest = hash.finalize().map { byte in
                String(byte >> 4, radix: 16) + String(byte & 15, radix: 16)
            }.joined()
            #expect(digest == digests[tensor.name], "\(tensor.name)")
        }
    }

    private static func rows(of prompt: [Int32], _ reader: ForwardReader) throws -> [[Float]] {
        var sequence = ForwardSequence(slot: 0, prompt: prompt, limits: reader.limits)
        var frame = StepFrame()
        frame.stepNumber = 1
        sequence.append(to: &frame, logitsRows: .all, wantsHashes: true)
        return try reader.rawLogits(frame).rows
    }
}
