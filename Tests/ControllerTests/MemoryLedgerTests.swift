import Foundation
import Serving
import Testing
import WorkerMessages

@testable import Controller

@Suite struct MemoryLedgerTests {
    private let key = PackKey(checkpointDigest: "d", weightType: "f32", layoutID: "l", place: [0])

    /// A pack of 10 000 bytes; two ranks of 100 bytes a block and 50 of activations; gathers of 7.
    private func demand(isPackPresent: Bool = false, batch: Int = 4, length: Int = 64) -> MemoryDemand {
        let footprint = ModelSummary.RankFootprint(
            queryHeadCount: 1, keyValueHeadCount: 1, keyValueBlockByteCount: 100, activationByteCount: 50,
            weightByteCountPerStep: 0)
        let summary = ModelSummary(
            modelType: "fake", vocabularyCount: 2, layerCount: 1, maxPositionCount: 4096, endOfTextIDs: [],
            beginningOfTextID: nil, checkpointDigest: "d", configurationJSON: .init(),
            weightType: "f32", layoutID: "l",
            packByteCount: 10_000, gatherByteCount: 7, ranks: [footprint, footprint])
        return MemoryDemand(
            summary: summary, isPackPresent: isPackPresent, gatherByteCount: 7,
            limits: SchedulerLimits(maxBatchSize: batch, maxSequenceLength: length, prefillChunk: 8))
    }

    private func reading(
        _ available: Int, touched: [ReaderID: Int] = [:], sealed: Set<PackKey> = []
    ) -> MemoryLedger.Reading {
        MemoryLedger.Reading(availableByteCount: available, touched: touched, sealedPacks: sealed)
    }

    @Test func theSumIsPackBlocksActivationsAndGathers() {
        // 4 sequences of 64 positions hold 2 blocks each, 200 bytes a block on both ranks.
        #expect(demand().keyValueByteCount == 1600)
        #expect(demand().totalByteCount == 10_000 + 1600 + 100 + 7)
        // A position more is a block more for each sequence.
        #expect(demand(length: 65).keyValueByteCount == 2400)
        #expect(demand(isPackPresent: true).totalByteCount == 1707)
    }

    @Test func aReaderFitsToTheByte() {
        #expect(demand().refusal(available: 11_707) == nil)
        #expect(demand().refusal(available: 11_706) != nil)
    }

    @Test func aRefusalNamesTheLongestLengthThatFits() throws {
        // 1599 bytes are left for blocks: 7 of 200, one for each of 4 sequences.
        let refusal = try #require(demand().refusal(available: 11_706))
        #expect(refusal.neededByteCount == 11_707)
        #expect(refusal.fittingSequenceLength == 32)
        #expect(refusal.description.contains("needs 11707 bytes"))
        #expect(refusal.description.contains("11706 are available"))
        #expect(refusal.description.contains("max_sequence_length 32 would fit"))
    }

    @Test func aRefusalNamesTheBatchWhereNoLengthFits() throws {
        let refusal = try #require(demand().refusal(available: 10_107 + 3 * 200))
        #expect(refusal.fittingSequenceLength == nil)
        #expect(refusal.fittingBatchSize == 3)
        #expect(try #require(demand().refusal(available: 10_107)).fittingBatchSize == nil)
    }

    @Test func aSecondReaderCostsNoPackAndIsReckonedAgainstWhatTheFirstHasNotTouched() throws {
        var ledger = MemoryLedger()
        let (a, b) = (ReaderID("a"), ReaderID("b"))
        try ledger.reserve(demand(), for: a, pack: key, packByteCount: 10_000, reading: reading(11_707))
        #expect(ledger.holds(key))
        // Nothing is touched yet: pack and reservation of the first are still to come.
        #expect(ledger.outstandingByteCount(reading(0)) == 11_707)
        #expect(throws: MemoryRefusal.self) {
            try ledger.reserve(
                demand(isPackPresent: true), for: b, pack: key, packByteCount: 10_000,
                reading: reading(11_707 + 1706))
        }
        try ledger.reserve(
            demand(isPackPresent: true), for: b, pack: key, packByteCount: 10_000,
            reading: reading(11_707 + 1707))
        // The pack is sealed and the first reader has touched 707 bytes; the system's number has both.
        let now = reading(0, touched: [a: 707], sealed: [key])
        #expect(ledger.outstandingByteCount(now) == 1000 + 1707)
        #expect(ledger.packByteCount == 10_000)
        ledger.release(a)
        ledger.release(b)
        #expect(!ledger.holds(key))
        #expect(ledger.outstandingByteCount(reading(0)) == 0)
    }

    @Test func touchingMoreThanReservedOwesNothing() throws {
        var ledger = MemoryLedger()
        let a = ReaderID("a")
        try ledger.reserve(demand(), for: a, pack: key, packByteCount: 10_000, reading: reading(20_000))
        #expect(ledger.outstandingByteCount(reading(0, touched: [a: 5000], sealed: [key])) == 0)
    }

    @Test func aPackOfAnotherPlaceIsFound() throws {
        var ledger = MemoryLedger()
        try ledger.reserve(
            demand(), for: ReaderID("a"), pack: key, packByteCount: 1, reading: reading(20_000))
        var far = key
        far.place = [1]
        #expect(ledger.holdsElsewhere(far) == key)
        #expect(ledger.holdsElsewhere(key) == nil)
        far.checkpointDigest = "e"
        #expect(ledger.holdsElsewhere(far) == nil)
    }
}
