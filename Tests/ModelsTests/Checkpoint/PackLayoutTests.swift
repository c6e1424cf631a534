import Models
import Tensors
import Testing

struct PackLayoutTests {
    @Test func entriesFollowEachOtherInTheDocumentedOrder() throws {
        let layout = try PackLayout(
            try ConfigurationText.llama.with(["num_hidden_layers": "1"]).configuration(), format: .f32)
        #expect(
            layout.entries.map(\.role) == [
                .tokenEmbedding, .attentionNorm, .attentionQuery, .attentionKey, .attentionValue,
                .attentionOutput,
                .feedForwardNorm, .feedForwardGate, .feedForwardUp, .feedForwardDown, .finalNorm, .outputHead,
            ])
        // By hand: 1013 x 36 floats are 145872 bytes and end at 149968; the next multiple of 64 is 150016.
        #expect(layout.entries[0].byteOffset == 4096)
        #expect(layout.entries[0].byteCount == 145_872)
        #expect(layout.entries[1].byteOffset == 150_016)
        #expect(layout.entries[1].byteCount == 144)
        #expect(layout.entries[2].byteOffset == 150_208)
        // 24 outputs are one tile of 36 x 32 floats.
        #expect(layout.entries[2].byteCount == 4608)
        #expect(layout.entries[2].storage == .tiles(outputCount: 24, inputCount: 36))
        // 1013 outputs are 32 tiles.
        #expect(layout.entries.last?.byteCount == 32 * 4608)
        for (entry, next) in zip(layout.entries, layout.entries.dropFirst()) {
            #expect(next.byteOffset >= entry.byteOffset + entry.byteCount)
            #expect(next.byteOffset - entry.byteOffset - entry.byteCount < 64)
            #expect(next.byteOffset.isMultiple(of: 64))
        }
        #expect(layout.byteCount.isMultiple(of: 4096))
    }

    @Test func optionalTensorsAreThereOnlyWhereTheModelHasThem() throws {
        let plain = try PackLayout(try ConfigurationText.llama.configuration(), format: .f32)
        #expect(plain.entry(.attentionQueryBias, layer: 0) == nil)
        #expect(plain.entry(.positionEmbedding) == nil)
        #expect(plain.entry(.attentionQuery, layer: 1)?.layer == 1)
        #expect(plain.entry(.attentionQuery, layer: 2) == nil)
        #expect(plain.entry(.attentionQuery) == nil)
        let biased = try PackLayout(
            try ConfigurationText.llama.with(["attention_bias": "true", "mlp_bias": "true"]).configuration(),
            format: .f32)
        #expect(biased.entry(.attentionKeyBias, layer: 1)?.storage == .vector(count: 8))
        #expect(biased.entry(.feedForwardGateBias, layer: 1)?.storage == .vector(count: 100))
        let gpt2 = try PackLayout(try ConfigurationText.gpt2.configuration(), format: .f32)
        #expect(gpt2.entry(.positionEmbedding)?.storage == .table(rowCount: 128, columnCount: 48))
        #expect(gpt2.entry(.feedForwardGate, layer: 0) == nil)
        #expect(gpt2.entry(.finalNormBias)?.storage == .vector(count: 48))
    }

    /// The id is final: a change of it makes every cached pack useless and must be meant. Reckoned
    /// independently from the documented lines by a few lines of Python.
    @Test func layoutIDsAreThoseOfTheFirstRelease() throws {
        let llama = try PackLayout(try ConfigurationText.llama.configuration(), format: .f32)
        let gpt2 = try PackLayout(try ConfigurationText.gpt2.configuration(), format: .f32)
        #expect(llama.layoutID == "f32-1-9628f75164c163a6")
        #expect(gpt2.layoutID == "f32-1-f9602c62eff89f60")
    }

    @Test func theIDDependsOnShapesAndOnNothingElse() throws {
        let layout = try PackLayout(try ConfigurationText.llama.configuration(), format: .f32)
        let same = try PackLayout(
            try ConfigurationText.llama.with(["rope_theta": "3"]).configuration(), format: .f32)
        let other = try PackLayout(
            try ConfigurationText.llama.with(["vocab_size": "1012"]).configuration(), format: .f32)
        #expect(layout.layoutID == same.layoutID)
        #expect(layout.layoutID != other.layoutID)
    }

    @Test func sizesBeyondTheLimitAreRefused() throws {
        let configuration = try ConfigurationText.llama.with([
            "hidden_size": "131072", "intermediate_size": "1048576", "num_hidden_layers": "1024",
        ]).configuration()
        let error = #expect(throws: ModelError.self) { try PackLayout(configuration, format: .f32) }
        #expect(error?.message.hasPrefix("the pack would exceed 70368744177664 bytes at ") == true)
    }

    @Test(arguments: 1...16)
    func sharesCoverEveryUnitOnce(rankCount: Int) throws {
        let configuration = try ConfigurationText.llama.with([
            "num_attention_heads": "12", "num_key_value_heads": "4", "attention_bias": "true",
        ]).configuration()
        let layout = try PackLayout(configuration, format: .f32)
        let plan = try ShardPlan(configuration, rankCount: rankCount)
        let shares = (0..<rankCount).map { PackShare(layout, plan, rank: $0) }
        for (index, entry) in layout.entries.enumerated() {
            let units = shares.flatMap { Array($0.units[index]) }
            let count =
                switch entry.storage {
                case .tiles: entry.storage.tileCount
                case .table(let rowCount, _): rowCount
                case .vector: 1
                }
            #expect(units.sorted() == Array(0..<count), "\(entry)")
        }
    }

    @Test func aDecodeStepReadsTheTilesItsRowsTouch() throws {
        let configuration = try ConfigurationText.llama.with([
            "hidden_size": "128", "num_attention_heads": "8", "num_key_value_heads": "4", "head_dim": "16",
            "num_hidden_layers": "1", "vocab_size": "256", "intermediate_size": "64",
        ]).configuration()
        let layout = try PackLayout(configuration, format: .f32)
        let plan = try ShardPlan(configuration, rankCount: 3)
        // Rank 0: query rows 0 ..< 48 touch 2 tiles, key and value rows 0 ..< 32 one each, o rows 0 ..< 64
        // two, gate and up rows 0 ..< 32 one each of 128 inputs, down rows 0 ..< 64 two of 64; the head's 128
        // ids four; 3 norms and one embedding row of 128.
        let tile = 128 * 32 * 4
        #expect(layout.byteCountPerStep(of: plan[0]) == (2 + 1 + 1 + 2 + 1 + 1 + 1 + 4) * tile + 4 * 512)
        // Rank 2: query rows 96 ..< 128 one tile, key and value rows 48 ..< 64 one each, o rows 96 ..< 128
        // one, gate and up none, down one of 64, no ids.
        #expect(layout.byteCountPerStep(of: plan[2]) == (1 + 1 + 1 + 1) * tile + tile / 2 + 4 * 512)
    }

    @Test func groupsFollowTheModelAndTheHeadKeepsEightBits() throws {
        let configuration = try ConfigurationText.llama.configuration()
        for (format, layers, head) in [
            (WeightFormat.int8, (8, 32), (8, 32)), (.int8Group128, (8, 128), (8, 128)),
            (.int4, (4, 32), (8, 32)), (.int4Group128Asymmetric, (4, 128), (8, 128)),
        ] {
            let layout = try PackLayout(configuration, format: format)
            for entry in layout.entries {
                guard case .tiles = entry.storage else { continue }
                guard case .quantized(let found) = entry.format else {
                    Issue.record("\(entry.role) is \(entry.format)")
                    continue
                }
                let (bitCount, groupCount) = entry.role == .outputHead ? head : layers
                #expect(found.bitCount == bitCount && found.groupCount == groupCount, "\(entry.role)")
                #expect(found.hasZeros == (format == .int4Group128Asymmetric && bitCount == 4))
            }
        }
    }

    @Test func automaticIsNarrowForLargeModels() {
        #expect(WeightFormat.automatic(parameterCount: 1_499_999_999) == .int8)
        #expect(WeightFormat.automatic(parameterCount: 1_500_000_000) == .int4)
    }

    @Test func aDecodeStepReadsTheExpertsOfOneRow() throws {
        let configuration = try ConfigurationText.llama.with([
            "model_type": "\"mixtral\"", "hidden_size": "128", "num_attention_heads": "8",
            "num_key_value_heads": "4", "head_dim": "16", "num_hidden_layers": "1", "vocab_size": "256",
            "intermediate_size": "64", "num_local_experts": "7", "num_experts_per_tok": "3",
        ]).configuration()
        let layout = try PackLayout(configuration, format: .f32)
        // As rank 0 above, with three experts instead of an MLP, and the router's tile.
        let tile = 128 * 32 * 4
        let plan = try ShardPlan(configuration, rankCount: 3)
        #expect(
            layout.byteCountPerStep(of: plan[0])
                == (2 + 1 + 1 + 2 + 3 * (1 + 1 + 1) + 1 + 4) * tile + 4 * 512)
    }
}
