import Foundation
import Serving
import Testing
import WorkerMessages

@testable import Controller

@Suite struct MemoryLedgerTests {
    private let key = PackKey(checkpointDigest: "d", weightType: "f32", layoutID: "l", place: [0])

    /// What the processes of two ranks take.
    private let processes = 2 * MemoryDemand.processByteCount

    /// A pack of 10 000 bytes; two ranks of 100 bytes a block and 50 of activations; gathers of 7.
    private func demand(
        isPackPresent: Bool = false, batch: Int = 4, length: Int = 64, blockCount: Int? = nil
    ) -> MemoryDemand {
        let footprint = ModelSummary.RankFootprint(
            queryHeadCount: 1, keyValueHeadCount: 1, keyValueBlockByteCount: 100, activationByteCount: 50,
            weightByteCountPerStep: 0)
        let summary = ModelSummary(
            modelType: "fake", vocabularyCount: 2, layerCount: 1, maxPositionCount: 4096, endOfTextIDs: [],
            beginningOfTextID: nil, checkpointDigest: "d", configurationJSON: .init(),
            weightType: "f32", layoutID: "l",
            packByteCount: 10_000, gatherByteCount: 7, ranks: [footprint, footprint])
        return MemoryDemand(
            summary: summary, isPackPresent: isPackPresent,
            limits: SchedulerLimits(
                maxBatchSize: batch, maxSequenceLength: length, prefillChunk: 8, blockCount: blockCount))
    }

    private func reading(
        _ available: Int, touched: [ReaderID: Int] = [:], sealed: Set<PackKey> = []
    ) -> MemoryLedger.Reading {
        MemoryLedger.Reading(availableByteCount: available, touched: touched, sealedPacks: sealed)
    }

    @Test func theSumIsPackBlocksActivationsAndGathers() {
        // 4 sequences of 64 positions hold 2 blocks each, 200 bytes a block on both ranks.
        #expect(demand().keyValueByteCount == 1600)
        #expect(demand().totalByteCount == 10_000 + 1600 + 100 + 7 + processes)
        #expect(demand().byteCountsByRank == [850, 850].map { $0 + MemoryDemand.processByteCount })
        // A position more is a block more for each sequence.
        #expect(demand(length: 65).keyValueByteCount == 2400)
        #expect(demand(isPackPresent: true).totalByteCount == 1707 + processes)
    }

    @Test func aReaderFitsToTheByte() {
        #expect(demand().refusal(available: 11_707 + processes) == nil)
        #expect(demand().refusal(available: 11_706 + processes) != nil)
    }

    @Test func aRefusalNamesTheLongestLengthThatFits() throws {
        // 1599 bytes are left for blocks: 7 of 200, one for each of 4 sequences.
        let refusal = try #require(demand().refusal(available: 11_706 + processes))
        #expect(refusal.neededByteCount == 11_707 + processes)
        #expect(refusal.fittingSequenceLength == 32 && refusal.fittingBlockCount == 7)
        let each = 850 + MemoryDemand.processByteCount
        #expect(
            refusal.description
                == "the reader needs \(11_707 + processes) bytes (pack 10000 + KV cache 1600 of 8 blocks for 4 "
                + "sequences of 64 + activations 100 + gathers 7 + 2 processes \(processes); by process, without "
                + "pack and gathers: \(each), \(each)) and \(11_706 + processes) are available; "
                + "max_sequence_length 32 would fit with max_batch_size 4, and kv_blocks 7 would fit with "
                + "max_sequence_length 64")
    }

    @Test func aRefusalNamesTheBatchWhereNoLengthFits() throws {
        let refusal = try #require(demand(length: 512).refusal(available: 10_107 + 3 * 200 + processes))
        #expect(refusal.fittingSequenceLength == nil && refusal.fittingBlockCount == 3)
        #expect(refusal.description.hasSuffix("; max_sequence_length 96 would fit with max_batch_size 1"))
        let none = try #require(demand().refusal(available: 10_107 + 199 + processes))
        #expect(none.fittingBlockCount == 0)
        #expect(none.description.hasSuffix("; no batch of this model fits"))
        #expect(try #require(demand().refusal(available: 5)).fittingBlockCount == 0)
    }

    @Test func aRefusalOfGivenBlocksNamesFewerBlocks() throws {
        // Of 8 blocks 5 fit: a length of 64 takes 2, and 4 sequences of 32 would have one each.
        let refusal = try #require(
            demand(blockCount: 8).refusal(available: 10_107 + 5 * 200 + processes))
        #expect(
            refusal.description.hasSuffix(
                "; max_sequence_length 32 would fit with max_batch_size 4, and kv_blocks 5 would fit with "
                    + "max_sequence_length 64"))
    }

    @Test func aSecondReaderCostsNoPackAndIsReckonedAgainstWhatTheFirstHasNotTouched() throws {
        var ledger = MemoryLedger()
        let (a, b) = (ReaderID("a"), ReaderID("b"))
        try ledger.reserve(
            demand(), for: a, pack: key, packByteCount: 10_000, reading: reading(11_707 + processes))
        #expect(ledger.holds(key))
        // Nothing is touched yet: pack and reservation of the first are still to come.
        #expect(ledger.outstandingByteCount(reading(0)) == 11_707 + processes)
        #expect(throws: MemoryRefusal.self) {
            try ledger.reserve(
                demand(isPackPresent: true), for: b, pack: key, packByteCount: 10_000,
                reading: reading(11_707 + 1706 + 2 * processes))
        }
        try ledger.reserve(
            demand(isPackPresent: true), for: b, pack: key, packByteCount: 10_000,
            reading: reading(11_707 + 1707 + 2 * processes))
        // The pack is sealed and the first reader has touched 707 bytes; the system's number has both.
        let now = reading(0, touched: [a: 707], sealed: [key])
        #expect(ledger.outstandingByteCount(now) == 1000 + 1707 + 2 * processes)
        #expect(ledger.packByteCount == 10_000)
        ledger.release(a)
        ledger.release(b)
        #expect(!ledger.holds(key))
        #expect(ledger.outstandingByteCount(reading(0)) == 0)
    }

    @Test func touchingMoreThanReservedOwesNothing() throws {
        var ledger = MemoryLedger()
        let a = ReaderID("a")
        try ledger.reserve(
            demand(), for: a, pack: key, packByteCount: 10_000, reading: reading(20_000 + processes))
        #expect(ledger.outstandingByteCount(reading(0, touched: [a: 5000 + processes], sealed: [key])) == 0)
    }

    @Test func aPackOfAnotherPlaceIsFound() throws {
        var ledger = MemoryLedger()
        try ledger.reserve(
            demand(), for: ReaderID("a"), pack: key, packByteCount: 1, reading: reading(20_000 + processes))
        var far = key
        far.place = [1]
        #expect(ledger.holdsElsewhere(far) == key)
        #expect(ledger.holdsElsewhere(key) == nil)
        far.checkpointDigest = "e"
        #expect(ledger.holdsElsewhere(far) == nil)
    }
}
