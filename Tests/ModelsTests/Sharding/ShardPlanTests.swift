import Models
import Testing

/// Tables reckoned by hand.
struct ShardPlanTests {
    private func llama(
        hidden: Int, heads: Int, keyValueHeads: Int, dimension: Int, feedForward: Int = 100,
        vocabulary: Int = 1013
    ) throws -> ModelConfiguration {
        try ConfigurationText.llama.with([
            "hidden_size": "\(hidden)", "num_attention_heads": "\(heads)",
            "num_key_value_heads": "\(keyValueHeads)",
            "head_dim": "\(dimension)", "intermediate_size": "\(feedForward)", "vocab_size": "\(vocabulary)",
        ]).configuration()
    }

    @Test func threeHeadsOverFourRanksLeaveTheLastWithoutAny() throws {
        let plan = try ShardPlan(
            try llama(hidden: 36, heads: 3, keyValueHeads: 1, dimension: 8), rankCount: 4)
        #expect(plan.shards.map(\.rank) == [0, 1, 2, 3])
        #expect(plan.shards.map(\.queryHeads) == [0..<1, 1..<2, 2..<3, 3..<3])
        // Every rank that has a query head has the only KV head.
        #expect(plan.shards.map(\.keyValueHeads) == [0..<1, 0..<1, 0..<1, 1..<1])
        #expect(plan.shards.map(\.queryRows) == [0..<8, 8..<16, 16..<24, 24..<24])
        #expect(plan.shards.map(\.keyValueRows) == [0..<8, 0..<8, 0..<8, 8..<8])
        // 36 rows are two tiles, the second of 4 rows.
        #expect(plan.shards.map(\.attentionOutputRows) == [0..<32, 32..<36, 36..<36, 36..<36])
        #expect(plan.shards.map(\.downRows) == [0..<32, 32..<36, 36..<36, 36..<36])
        #expect(plan.columnCounts(of: .attention) == [8, 8, 8, 0])
        #expect(plan.columnCounts(of: .attentionProjection) == [32, 4, 0, 0])
        #expect(plan.columnCounts(of: .feedForwardProjection) == [32, 4, 0, 0])
    }

    @Test(arguments: [
        // 8 segments: 7 of 128 ids and one of 117.
        (1, [0..<1013]), (2, [0..<512, 512..<1013]), (3, [0..<384, 384..<768, 768..<1013]),
        (4, [0..<256, 256..<512, 512..<768, 768..<1013]),
        (5, [0..<256, 256..<512, 512..<768, 768..<896, 896..<1013]),
    ])
    func vocabulary1013IsDealtBySegmentsOf128(rankCount: Int, expected: [Range<Int>]) throws {
        let plan = try ShardPlan(
            try llama(hidden: 36, heads: 3, keyValueHeads: 1, dimension: 8), rankCount: rankCount)
        #expect(plan.shards.map(\.vocabularyIDs) == expected)
        #expect(plan.columnCounts(of: .logits) == expected.map(\.count))
        #expect(
            plan.shards.map(\.vocabularySegments)
                == expected.map { ($0.lowerBound / 128)..<(($0.upperBound + 127) / 128) })
    }

    @Test(arguments: [
        // 4 tiles: 3 of 32 rows and one of 4.
        (1, [0..<100]), (2, [0..<64, 64..<100]), (3, [0..<64, 64..<96, 96..<100]),
        (4, [0..<32, 32..<64, 64..<96, 96..<100]), (5, [0..<32, 32..<64, 64..<96, 96..<100, 100..<100]),
    ])
    func feedForward100IsDealtByTilesOf32(rankCount: Int, expected: [Range<Int>]) throws {
        let plan = try ShardPlan(
            try llama(hidden: 36, heads: 3, keyValueHeads: 1, dimension: 8), rankCount: rankCount)
        #expect(plan.shards.map(\.feedForwardRows) == expected)
        #expect(plan.columnCounts(of: .feedForward) == expected.map(\.count))
    }

    @Test func eightHeadsOverThreeRanksEndInsideATile() throws {
        let plan = try ShardPlan(
            try llama(hidden: 128, heads: 8, keyValueHeads: 4, dimension: 16), rankCount: 3)
        #expect(plan.shards.map(\.queryHeads) == [0..<3, 3..<6, 6..<8])
        // Rows 32 ..< 64 are tile 1: rank 0 has its first half, rank 1 its second.
        #expect(plan.shards.map(\.queryRows) == [0..<48, 48..<96, 96..<128])
        // Two query heads share a KV head: head 1 is on ranks 0 and 1.
        #expect(plan.shards.map(\.keyValueHeads) == [0..<2, 1..<3, 3..<4])
        #expect(plan.shards.map(\.keyValueRows) == [0..<32, 16..<48, 48..<64])
        #expect(plan.columnCounts(of: .attention) == [48, 48, 32])
        #expect(plan.columnCounts(of: .attentionProjection) == [64, 32, 32])
    }

    @Test func gpt2TwelveHeadsOverFourRanksAreEven() throws {
        let configuration = try ConfigurationText.gpt2.with([
            "n_embd": "768", "n_head": "12", "n_inner": "", "n_layer": "12", "vocab_size": "50257",
        ]).configuration()
        let plan = try ShardPlan(configuration, rankCount: 4)
        #expect(plan.shards.map(\.queryHeads) == [0..<3, 3..<6, 6..<9, 9..<12])
        #expect(plan.shards.map(\.keyValueHeads) == [0..<3, 3..<6, 6..<9, 9..<12])
        #expect(plan.columnCounts(of: .attention) == [192, 192, 192, 192])
        #expect(plan.columnCounts(of: .attentionProjection) == [192, 192, 192, 192])
        #expect(plan.columnCounts(of: .feedForward) == [768, 768, 768, 768])
        // 393 segments: 99, 98, 98, 98; the last of 81 ids.
        #expect(plan.shards.map(\.vocabularySegments) == [0..<99, 99..<197, 197..<295, 295..<393])
        #expect(plan.shards.map(\.vocabularyIDs) == [0..<12672, 12672..<25216, 25216..<37760, 37760..<50257])
    }

    @Test(arguments: 1...16)
    func everyRowBelongsToExactlyOneRank(rankCount: Int) throws {
        let configuration = try llama(
            hidden: 200, heads: 14, keyValueHeads: 7, dimension: 10, feedForward: 321, vocabulary: 777)
        let plan = try ShardPlan(configuration, rankCount: rankCount)
        let totals: [Gather: Int] = [
            .attention: 140, .attentionProjection: 200, .feedForward: 321, .feedForwardProjection: 200,
            .logits: 777, .expertFeedForward: 0, .sharedExpertFeedForward: 0,
        ]
        for gather in Gather.allCases {
            var end = 0
            for shard in plan.shards {
                #expect(shard.columns(of: gather).lowerBound == end)
                end = shard.columns(of: gather).upperBound
            }
            #expect(end == totals[gather])
        }
        for shard in plan.shards {
            let used = Set(shard.queryHeads.map { $0 / 2 })
            #expect(Set(shard.keyValueHeads) == used)
        }
    }

    @Test func rankCountsAreAllowedFrom1To16() throws {
        let configuration = try ConfigurationText.llama.configuration()
        for count in [0, 17] {
            #expect(throws: ModelError(.invalidOrder, "tensor_parallel is \(count), allowed are 1 to 16")) {
                try ShardPlan(configuration, rankCount: count)
            }
        }
        #expect(try ShardPlan(configuration, rankCount: 16).shards.count == 16)
    }
}
