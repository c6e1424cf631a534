import Serving
import Testing
import WorkerMessages

@Suite("Sequences that leave a reader before their end")
struct DepartureTests {
    var frame = StepFrame()
    var scheduler = Scheduler(
        limits: SchedulerLimits(maxBatchSize: 2, maxSequenceLength: 64, prefillChunk: 8))

    /// A step that must exist.
    mutating func plan(sourceLocation: SourceLocation = #_sourceLocation) {
        expectStep(&scheduler, &frame, sourceLocation: sourceLocation)
    }

    /// A sweep that must find `count` sequences.
    mutating func sweep(count: Int, sourceLocation: SourceLocation = #_sourceLocation) {
        let actions = scheduler.sweepCancelled()
        #expect(actions.count == count, sourceLocation: sourceLocation)
    }

    /// One step with a token for everyone who wants one.
    mutating func step(token: Int32) throws -> [SchedulerAction] {
        plan()
        return try scheduler.apply(answer(frame, token: token))
    }

    /// A sequence after as many deaths without a token.
    mutating func suspect(_ id: UInt64, deaths: Int) -> (sequence: QueuedSequence, stream: TokenStream) {
        let (fresh, stream) = sequence(id)
        var queued = fresh
        for _ in 0..<deaths {
            var reader = Scheduler(limits: scheduler.limits)
            reader.admit(queued)
            _ = reader.planStep(into: &frame)
            queued = reader.evacuate(.death)[0]
        }
        return (queued, stream)
    }

    @Test("a cancelled sequence is swept between steps, its slot released in the next frame")
    mutating func cancellation() async throws {
        let gone = sequence(1)
        let stays = sequence(2)
        scheduler.admit(gone.sequence)
        scheduler.admit(stays.sequence)
        _ = try step(token: 5)
        gone.sequence.handle.cancel()
        let actions = scheduler.sweepCancelled()
        #expect(actions.count == 1)
        for action in actions { action.perform() }
        #expect(scheduler.freeSlotCount == 1)
        #expect(await events(of: gone.stream).isEmpty)
        let next = sequence(3)
        scheduler.admit(next.sequence)
        plan()
        #expect(frame.releasedSlots == [0])
        #expect(frame.rowGroups.map(\.slot) == [1, 0])
        #expect(frame.rowGroups.map { $0.installation != nil } == [false, true])
        withExtendedLifetime([stays.stream, next.stream]) {}
    }

    @Test("a slot whose sequence no worker has seen needs no release")
    mutating func cancelledBeforeItsFirstStep() {
        let gone = sequence(1)
        scheduler.admit(gone.sequence)
        gone.sequence.handle.cancel()
        sweep(count: 1)
        let next = sequence(2)
        scheduler.admit(next.sequence)
        plan()
        #expect(frame.releasedSlots.isEmpty)
        withExtendedLifetime(next.stream) {}
    }

    @Test("after a death a sequence comes back with its tokens, and another reader recomputes and continues")
    mutating func requeue() async throws {
        let (queued, stream) = sequence(1, promptCount: 3)
        scheduler.admit(queued)
        for token in [Int32(11), 12] { for action in try step(token: token) { action.perform() } }
        plan()
        let back = scheduler.evacuate(.death)
        #expect(back.map(\.generatedIDs) == [[11, 12]] && back.map(\.barrenDeathCount) == [0])
        #expect(scheduler.isIdle && scheduler.usedBlockCount == 0 && scheduler.stepNumber == 0)
        scheduler.admit(back[0])
        plan()
        #expect(frame.stepNumber == 1 && frame.releasedSlots.isEmpty)
        let installation = try #require(frame.installations.first)
        #expect(frame.tokenIDs[installation.allTokenIDs] == [1, 2, 3, 11, 12])
        #expect(installation.promptTokenCount == 3 && installation.parameters.seed == 7)
        #expect(frame.tokenIDs[frame.rowGroups[0].tokenIDs] == [1, 2, 3, 11, 12])
        for action in try scheduler.apply(answer(frame, token: 13)) { action.perform() }
        for action in try step(token: 14) { action.perform() }
        #expect(
            await events(of: stream) == [.token(11), .token(12), .token(13), .token(14), .finished(.length)])
    }

    @Test("a drain gives sequences back without blame, oldest first, and tells the workers")
    mutating func drain() throws {
        let first = sequence(1)
        let second = sequence(2)
        scheduler.admit(first.sequence)
        scheduler.admit(second.sequence)
        _ = try step(token: 5)
        let back = scheduler.evacuate(.drain)
        #expect(back.map(\.request.id) == [RequestID(1), RequestID(2)])
        #expect(back.map(\.barrenDeathCount) == [0, 0])
        scheduler.admit(back[0])
        plan()
        #expect(frame.stepNumber == 2 && frame.releasedSlots.sorted() == [0, 1])
        withExtendedLifetime([first.stream, second.stream]) {}
    }

    @Test("a death counts against a sequence that gained nothing, not against one that no frame carried")
    mutating func blame() {
        let carried = sequence(1, promptCount: 8)
        let waiting = sequence(2)
        scheduler.admit(carried.sequence)
        scheduler.admit(waiting.sequence)
        plan()
        #expect(frame.rowGroups.count == 1)
        let back = scheduler.evacuate(.death)
        #expect(back.map(\.barrenDeathCount) == [1, 0])
        withExtendedLifetime([carried.stream, waiting.stream]) {}
    }

    @Test("a token wipes earlier deaths out")
    mutating func absolution() throws {
        let (queued, stream) = suspect(1, deaths: 1)
        scheduler.admit(queued)
        _ = try step(token: 5)
        plan()
        let back = scheduler.evacuate(.death)
        #expect(back.map(\.barrenDeathCount) == [0])
        withExtendedLifetime(stream) {}
    }

    @Test("after one barren death a sequence still has company, after two it runs alone", arguments: [1, 2])
    mutating func solitude(deaths: Int) throws {
        let other = sequence(1, parameters(maxNewTokens: 2))
        let (queued, stream) = suspect(2, deaths: deaths)
        #expect(queued.runsAlone == (deaths == 2))
        scheduler.admit(other.sequence)
        _ = try step(token: 5)
        scheduler.admit(queued)
        #expect(scheduler.freeSlotCount == 0)
        plan()
        #expect(frame.rowGroups.count == (deaths == 2 ? 1 : 2))
        _ = try scheduler.apply(answer(frame, token: 6))
        // The other one is done; now the suspect has the reader for itself.
        plan()
        #expect(frame.rowGroups.count == 1)
        #expect(scheduler.freeSlotCount == (deaths == 2 ? 0 : 1))
        // A token clears it, and others may join.
        _ = try scheduler.apply(answer(frame, token: 7))
        #expect(scheduler.freeSlotCount == 1)
        withExtendedLifetime([other.stream, stream]) {}
    }

    @Test("a suspect that waits to be alone is not blamed, and can be cancelled")
    mutating func waitingSuspect() throws {
        let other = sequence(1)
        let (queued, stream) = suspect(2, deaths: 2)
        scheduler.admit(other.sequence)
        _ = try step(token: 5)
        scheduler.admit(queued)
        #expect(scheduler.sequenceCount == 2)
        plan()
        let back = scheduler.evacuate(.death)
        #expect(back.map(\.barrenDeathCount) == [0, 2])
        scheduler.admit(back[0])
        scheduler.admit(back[1])
        queued.handle.cancel()
        sweep(count: 1)
        #expect(scheduler.freeSlotCount == 1)
        withExtendedLifetime([other.stream, stream]) {}
    }
}
