import Foundation
import Platform
import TestSupport
import WorkerMessages

/// A model whose next token is a hash of all ids before it, of the seed and of the choice.
enum FakeModel {
    static let vocabularyCount = 1013
    static let endOfTextID: Int32 = 0

    /// What follows `ids`; never the end of text.
    static func token(after ids: some Sequence<Int32>, seed: UInt64) -> Int32 {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325 ^ seed
        for id in ids {
            hash = (hash ^ UInt64(UInt32(bitPattern: id))) &* 0x100_0000_01b3
            hash ^= hash >> 29
        }
        return Int32(1 + hash % UInt64(vocabularyCount - 1))
    }

    /// The answer to a prompt.
    static func answer(to prompt: [Int32], seed: UInt64, count: Int) -> [Int32] {
        var ids = prompt
        for _ in 0..<count { ids.append(token(after: ids, seed: seed)) }
        return Array(ids[prompt.count...])
    }

    /// Makes a directory that `FakeInspector` and the tokenizer can read; `words` decides the checkpoint's
    /// digest.
    static func write(to folder: URL, words: String) throws {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try Data(#"{"model_type": "fake", "words": "\#(words)"}"#.utf8)
            .write(to: folder.appending(path: "config.json"))
        let tokenizer = #"{"model": {"type": "BPE", "vocab": {"a": 0, "b": 1}, "merges": []}}"#
        try Data(tokenizer.utf8).write(to: folder.appending(path: "tokenizer.json"))
    }
}

/// Describes directories that `FakeModel.write` made. Sizes are small and round so that sums can be done by
/// hand.
struct FakeInspector: ModelInspecting {
    /// 1 MiB a pack.
    var packByteCount = 1 << 20
    /// 1000 bytes a block and rank.
    var blockByteCount = 1000
    /// 500 bytes a rank.
    var activationByteCount = 500
    var gatherByteCount = 4096
    var maxPositionCount = 8192

    /// As `FakeModel` wrote them: what a test writes to a file called stamp, or nothing.
    func weightStamp(of directory: URL) throws -> String {
        let file = directory.appending(path: "stamp")
        return FileManager.default.fileExists(atPath: file.path)
            ? try String(contentsOf: file, encoding: .utf8) : "first stamp"
    }

    func inspect(_ inspection: ModelInspection) throws -> ModelSummary {
        let json = try Data(contentsOf: inspection.directory.appending(path: "config.json"))
        let footprint = ModelSummary.RankFootprint(
            queryHeadCount: 1, keyValueHeadCount: 1, keyValueBlockByteCount: blockByteCount,
            activationByteCount: activationByteCount, weightByteCountPerStep: packByteCount)
        var summary = ModelSummary(
            modelType: "fake", vocabularyCount: FakeModel.vocabularyCount, layerCount: 1,
            maxPositionCount: maxPositionCount, endOfTextIDs: [FakeModel.endOfTextID], beginningOfTextID: nil,
            checkpointDigest: "digest of \(String(decoding: json, as: UTF8.self))", configurationJSON: json,
            weightType: inspection.weightType == "auto" ? "f32" : inspection.weightType, layoutID: "fake-1",
            packByteCount: packByteCount, gatherByteCount: gatherByteCount,
            ranks: Array(repeating: footprint, count: inspection.rankCount))
        summary.weightStamp = try weightStamp(of: inspection.directory)
        return summary
    }
}
