import Serving
import Testing
import WorkerMessages

@Suite("How much of a prompt a step takes, and what happens without blocks")
struct StepBudgetTests {
    var frame = StepFrame()

    @Test("a curve is flat where it was measured flat, and rises as it was measured")
    func curve() {
        var curve = StepCostCurve(rowCountMax: 144)
        #expect(!curve.isKnown && curve.seconds(rowCount: 5, readCount: 0) == 0)
        curve.calibrate(rowCount: 1, seconds: 0.010)
        #expect(curve.seconds(rowCount: 4, readCount: 0) == 0.040)
        curve.calibrate(rowCount: 8, seconds: 0.012)
        curve.calibrate(rowCount: 32, seconds: 0.040)
        curve.calibrate(rowCount: 128, seconds: 0.160)
        #expect(curve.seconds(rowCount: 1, readCount: 0) == 0.010)
        #expect(curve.seconds(rowCount: 4, readCount: 0) == 0.012)
        #expect(abs(curve.seconds(rowCount: 20, readCount: 0) - 0.0274) < 0.004)
        #expect(curve.seconds(rowCount: 144, readCount: 0) >= 0.160)
        curve.calibrateAttention(rowCount: 8, depth: 1000, seconds: 0.008)
        #expect(abs(curve.seconds(rowCount: 1, readCount: 2000) - 0.012) < 1e-9)
    }

    @Test("steps that take longer than expected raise the curve beside them, and it never falls with rows")
    func correction() {
        var curve = StepCostCurve(rowCountMax: 64)
        curve.calibrate(rowCount: 1, seconds: 0.010)
        curve.calibrate(rowCount: 64, seconds: 0.064)
        for _ in 0..<100 { curve.observe(rowCount: 16, readCount: 0, seconds: 0.050) }
        #expect(abs(curve.seconds(rowCount: 16, readCount: 0) - 0.050) < 0.002)
        let costs = (1...64).map { curve.seconds(rowCount: $0, readCount: 0) }
        #expect(zip(costs, costs.dropFirst()).allSatisfy { $0 <= $1 })
        for _ in 0..<200 { curve.observe(rowCount: 16, readCount: 0, seconds: 0.011) }
        #expect(abs(curve.seconds(rowCount: 16, readCount: 0) - 0.011) < 0.002)
        let later = (1...64).map { curve.seconds(rowCount: $0, readCount: 0) }
        #expect(zip(later, later.dropFirst()).allSatisfy { $0 <= $1 })
    }

    @Test(
        "what is taken for dear and never tried becomes cheaper with every step that leaves rows out, until tried"
    )
    func optimism() {
        var curve = StepCostCurve(rowCountMax: 64)
        curve.calibrate(rowCount: 1, seconds: 0.001)
        curve.calibrate(rowCount: 8, seconds: 0.0018)
        func allowed() -> Int { curve.rowCount(beside: (1, 0), at: 0, countMax: 63, limit: 0.00175) }
        let before = allowed()
        // In truth every step takes a millisecond, whatever its rows.
        for _ in 0..<1000 {
            let count = allowed()
            curve.observe(rowCount: 1 + count, readCount: 0, seconds: 0.001, wasLimited: count < 63)
        }
        #expect(before < 8 && allowed() == 63)
        // Where rows do cost something, the same steps find how many fit.
        for _ in 0..<1000 {
            let rowCount = 1 + allowed()
            curve.observe(
                rowCount: rowCount, readCount: 0, seconds: 0.001 + 0.00005 * Double(rowCount),
                wasLimited: true)
        }
        #expect((12...17).contains(allowed()), "\(allowed()) rows")
        // Decodes alone change nothing of what prompts are taken to cost.
        let settled = curve.seconds(rowCount: 64, readCount: 0)
        for _ in 0..<100 { curve.observe(rowCount: 1, readCount: 0, seconds: 0.00105) }
        #expect(curve.seconds(rowCount: 64, readCount: 0) == settled)
    }

    @Test(
        "beside decodes a prompt gets as many rows as keep the step below the stall factor; alone, its whole chunk"
    )
    mutating func stall() throws {
        var scheduler = Scheduler(
            limits: SchedulerLimits(maxBatchSize: 4, maxSequenceLength: 4096, prefillChunk: 128))
        for (rows, milliseconds) in [(1, 10), (1, 10), (8, 10), (32, 40), (128, 160)] {
            scheduler.noteCalibration(
                CalibrationStep(rowCount: rows, depth: 0), isFirst: false,
                duration: .milliseconds(milliseconds))
        }
        let long = sequence(1, promptCount: 1000, maxSequenceLength: 4096)
        scheduler.admit(long.sequence)
        expectStep(&scheduler, &frame)
        #expect(frame.rowCount == 128)
        _ = try scheduler.apply(answer(frame, token: 5))
        #expect(scheduler.evacuate(.drain).count == 1)

        let decoding = sequence(2, promptCount: 3, maxSequenceLength: 4096, parameters(maxNewTokens: 100))
        scheduler.admit(decoding.sequence)
        expectStep(&scheduler, &frame)
        _ = try scheduler.apply(answer(frame, token: 5))
        scheduler.admit(sequence(3, promptCount: 1000, maxSequenceLength: 4096).sequence)
        expectStep(&scheduler, &frame)
        // 17.5 ms: the point of 16 rows is at 20 ms, reckoned from 32 rows; 8 rows cost 10.
        #expect(frame.rowGroups.map(\.tokenIDs.count).first == 1)
        #expect((8...16).contains(frame.rowCount), "\(frame.rowCount) rows")
        #expect(scheduler.statistics.lastDecodeRowCount == 1)
        #expect(scheduler.statistics.lastPrefillRowCount == frame.rowCount - 1)
        withExtendedLifetime([long.stream, decoding.stream]) {}
    }

    /// A step takes 41 ms and 10 ms a row, so that a share of the decodes' time is a number of rows.
    @Test(
        "the more prompts wait for each decode, the more rows a step gives them, up to a limit",
        arguments: [(1, 1, 0.75), (1, 2, 1.5), (1, 3, 2.25), (1, 4, 3), (1, 9, 3), (4, 4, 0.75), (4, 8, 1.5)])
    mutating func pressure(decodeCount: Int, promptCount: Int, share: Double) throws {
        var scheduler = Scheduler(
            limits: SchedulerLimits(maxBatchSize: 16, maxSequenceLength: 4096, prefillChunk: 512))
        for rowCount in [1, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 528] {
            scheduler.noteCalibration(
                CalibrationStep(rowCount: rowCount, depth: 0), isFirst: false,
                duration: .milliseconds(41) + .milliseconds(10) * rowCount)
        }
        var streams: [TokenStream] = []
        func admit(_ id: Int, promptCount: Int) {
            let new = sequence(
                UInt64(id), promptCount: promptCount, maxSequenceLength: 4096, parameters(maxNewTokens: 100))
            streams.append(new.stream)
            scheduler.admit(new.sequence)
        }
        for id in 0..<decodeCount { admit(id, promptCount: 1) }
        expectStep(&scheduler, &frame)
        _ = try scheduler.apply(answer(frame, token: 5))
        for id in 0..<promptCount { admit(100 + id, promptCount: 2000 + id) }
        expectStep(&scheduler, &frame)
        let decodes = Double(41 + 10 * decodeCount)
        #expect(scheduler.statistics.lastDecodeRowCount == decodeCount)
        #expect(scheduler.statistics.lastPrefillRowCount == max(1, Int(share * decodes / 10)))
        withExtendedLifetime(streams) {}
    }

    @Test("a step may always take five milliseconds, however short its decodes are")
    mutating func shortSteps() throws {
        var scheduler = Scheduler(
            limits: SchedulerLimits(maxBatchSize: 4, maxSequenceLength: 4096, prefillChunk: 128))
        for rowCount in [1, 1, 2, 4, 8, 16, 32, 64, 128, 132] {
            scheduler.noteCalibration(
                CalibrationStep(rowCount: rowCount, depth: 0), isFirst: false,
                duration: .microseconds(100) + .microseconds(80) * rowCount)
        }
        let decoding = sequence(1, promptCount: 1, maxSequenceLength: 4096, parameters(maxNewTokens: 100))
        scheduler.admit(decoding.sequence)
        expectStep(&scheduler, &frame)
        _ = try scheduler.apply(answer(frame, token: 5))
        let prompt = sequence(2, promptCount: 1000, maxSequenceLength: 4096)
        scheduler.admit(prompt.sequence)
        expectStep(&scheduler, &frame)
        // 100 us and 80 us a row: 61 rows take 4.98 ms; 1.75 times the decode would be 2 rows.
        #expect(scheduler.statistics.lastPrefillRowCount == 60)
        withExtendedLifetime([decoding.stream, prompt.stream]) {}
    }

    @Test("when blocks run out the youngest gives way, is computed again, and nobody gets another answer")
    mutating func preemption() async throws {
        // Four blocks: two sequences of 40 + 40 tokens need three each in the end.
        var scheduler = Scheduler(
            limits: SchedulerLimits(
                maxBatchSize: 2, maxSequenceLength: 100, prefillChunk: 64, blockCount: 4,
                hasPrefixCache: false))
        let first = sequence(1, promptCount: 40, maxSequenceLength: 100, parameters(maxNewTokens: 40))
        let second = sequence(2, promptCount: 40, maxSequenceLength: 100, parameters(maxNewTokens: 40))
        scheduler.admit(first.sequence)
        scheduler.admit(second.sequence)
        var restarts: [Int32] = []
        while scheduler.planStep(into: &frame) {
            for group in frame.rowGroups where group.installation != nil { restarts.append(group.slot) }
            for action in try scheduler.apply(answer(frame, token: 6)) { action.perform() }
        }
        #expect(scheduler.statistics.preemptionCount == 1 && restarts.count == 3)
        let expected = Array(repeating: TokenEvent.token(6), count: 40) + [.finished(.length)]
        #expect(await events(of: first.stream) == expected)
        #expect(await events(of: second.stream) == expected)
        #expect(scheduler.usedBlockCount == 0 && scheduler.isIdle)
    }

    @Test("a sequence for which blocks lack waits in the reader, which takes no other meanwhile")
    mutating func waitsForBlocks() throws {
        var scheduler = Scheduler(
            limits: SchedulerLimits(
                maxBatchSize: 3, maxSequenceLength: 100, prefillChunk: 64, blockCount: 4,
                hasPrefixCache: false))
        let queued = (1...3).map { sequence($0, promptCount: 40, maxSequenceLength: 100) }
        for one in queued { scheduler.admit(one.sequence) }
        #expect(scheduler.sequenceCount == 3 && scheduler.freeSlotCount == 0)
        expectStep(&scheduler, &frame)
        #expect(frame.rowGroups.map(\.slot) == [0, 1])
        queued[2].sequence.handle.cancel()
        _ = try scheduler.apply(answer(frame, token: 5))
        #expect(scheduler.sweepCancelled().count == 1)
        #expect(scheduler.sequenceCount == 2)
        withExtendedLifetime(queued.map(\.stream)) {}
    }

    @Test("a calibration writes legal frames, whose slot the first real step releases")
    mutating func calibration() throws {
        var scheduler = Scheduler(
            limits: SchedulerLimits(
                maxBatchSize: 2, maxSequenceLength: 4096, prefillChunk: 128, blockCount: 200))
        #expect(scheduler.calibrationSteps.map(\.rowCount) == [1, 1, 8, 32, 128, 8])
        #expect(scheduler.calibrationSteps.map(\.depth) == [0, 0, 0, 0, 0, 1024])
        for step in scheduler.calibrationSteps {
            scheduler.planCalibration(step, into: &frame)
            let group = try #require(frame.rowGroups.first)
            let table = Array(frame.blocks[group.appendedBlocks])
            #expect(table.count == SchedulerLimits.blockCount(positionCount: step.depth + step.rowCount))
            let written = table[(step.depth / 32)...]
            #expect(Set(written).count == written.count && table.allSatisfy { (0..<200).contains($0) })
            #expect(frame.releasedSlots.count == (frame.stepNumber == 1 ? 0 : 1))
        }
        let queued = sequence(1)
        scheduler.admit(queued.sequence)
        expectStep(&scheduler, &frame)
        #expect(frame.stepNumber == 7 && frame.releasedSlots == [0] && frame.rowGroups[0].slot == 0)
        withExtendedLifetime(queued.stream) {}
    }
}
