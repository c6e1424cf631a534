import Foundation
import Models
import Tensors
import TestSupport
import Testing
import WorkerMessages

struct CheckpointInspectorTests {
    private func inspection(
        _ directory: URL, rankCount: Int = 3, weightType: String = "f32", keyValueType: String = "f32"
    ) -> ModelInspection {
        ModelInspection(
            directory: directory, rankCount: rankCount, rowCountMax: 64, weightType: weightType,
            keyValueType: keyValueType)
    }

    @Test func aSummaryHoldsWhatAWorkerWouldReckon() throws {
        let directory = PackedModels.fixtures.appending(path: "tiny-llama-tied")
        let summary = try CheckpointInspector().inspect(inspection(directory))
        let built = try BuiltPack(directory, rankCount: 1)
        #expect(summary.modelType == "llama")
        #expect(summary.vocabularyCount == 1013)
        #expect(summary.layerCount == 2)
        #expect(summary.maxPositionCount == 256)
        #expect(summary.endOfTextIDs == [1, 2])
        #expect(summary.beginningOfTextID == 0)
        #expect(summary.checkpointDigest == built.digest.hexadecimal)
        #expect(summary.layoutID == built.layout.layoutID)
        #expect(summary.packByteCount == built.layout.byteCount)
        #expect(summary.configurationJSON == (try Data(contentsOf: directory.appending(path: "config.json"))))
        // 8 query heads on 2: ranks own 3, 3 and 2; head 3 is on another KV head than 4, so that rank 1 has
        // both.
        #expect(summary.ranks.map(\.queryHeadCount) == [3, 3, 2])
        #expect(summary.ranks.map(\.keyValueHeadCount) == [1, 2, 1])
        // K and V of 32 positions, 16 elements, 2 layers, 4 bytes.
        #expect(summary.ranks.map(\.keyValueBlockByteCount) == [8192, 16384, 8192])
        let halves = try CheckpointInspector().inspect(inspection(directory, keyValueType: "f16"))
        #expect(halves.ranks.map(\.keyValueBlockByteCount) == [4096, 8192, 4096])
        // A byte, and 4 for the scale of every key and value.
        let codes = try CheckpointInspector().inspect(inspection(directory, keyValueType: "int8"))
        #expect(codes.ranks.map(\.keyValueBlockByteCount) == [2560, 5120, 2560])
    }

    @Test func typesThatDoNotExistYetAreNamed() {
        let directory = PackedModels.fixtures.appending(path: "tiny-llama")
        #expect(
            throws: ModelError(
                .unsupported,
                "quant_type is \"int3\", allowed are auto, f32, bf16, int8, int8-g32, int8-g128, int4, int4-g32, "
                    + "int4-g64, int4-g128, "
                    + "int4-g32-asym, int4-g64-asym, int4-g128-asym, stored")
        ) {
            try CheckpointInspector().inspect(inspection(directory, weightType: "int3"))
        }
        #expect(throws: ModelError(.unsupported, "kv_cache_type is \"auto\", allowed are f32, f16, int8")) {
            try CheckpointInspector().inspect(inspection(directory, keyValueType: "auto"))
        }
        #expect(throws: ModelError(.invalidOrder, "tensor_parallel is 17, allowed are 1 to 16")) {
            try CheckpointInspector().inspect(inspection(directory, rankCount: 17))
        }
    }

    @Test func aMissingTensorIsFoundBeforeAWorkerStarts() throws {
        let folder = try TemporaryFolder()
        try RandomCheckpoint.write(
            configurationJSON: ConfigurationText.llama.json, dtype: .f32, seed: 1, to: folder.url)
        try Data(ConfigurationText.llama.with(["num_hidden_layers": "3"]).json.utf8).write(
            to: folder.url.appending(path: "config.json"))
        #expect(
            throws: ModelError(
                .invalidModel,
                "\(folder.url.path): tensor model.layers.2.input_layernorm.weight "
                    + "or layers.2.input_layernorm.weight "
                    + "of shape [36] is missing")
        ) { try CheckpointInspector().inspect(inspection(folder.url)) }
    }
}
