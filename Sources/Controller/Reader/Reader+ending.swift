import Logging
import Metrics
import Platform
import Serving
import WorkerMessages

extension Reader {
    /// Metadata that every line of this reader carries.
    var logMetadata: Logger.Metadata { logMetadata([:]) }

    /// The same with more.
    func logMetadata(_ more: Logger.Metadata) -> Logger.Metadata {
        let own: Logger.Metadata = [
            "reader.id": "\(plan.readerID)", "group.id": "\(plan.consumerGroup)",
        ]
        return own.merging(more) { _, new in new }
    }

    /// Gives all sequences back, sees the workers to their end, and decides what comes next.
    func recover(from error: WorkerError, in phase: RestartPolicy.Phase) async -> ReaderLifecycle.Turn {
        seat.freeCount = 0
        surroundings.group.prefixes.forget(plan.readerID.name)
        // First of all: clients wait for other readers to go on with their sequences.
        if phase != .loading { await surroundings.group.markUnavailable(plan.readerID.name) }
        let sequences = scheduler.evacuate(.death)
        showNumbers()
        await requeue(sequences, because: .death)
        let cause = bury(after: error)
        _ = await surroundings.packs.withdraw(plan.readerID)
        if desk.stopOrder != nil { return lifecycle.stopped() }
        surroundings.metrics.deaths.increment()
        let blamesPack = mapsCachedPack && cause.mayBeThePacks(in: phase)
        if blamesPack { await condemnPack(because: cause) }
        let turn = lifecycle.died(
            because: cause.description, in: phase, isPermanent: cause.isPermanent && !blamesPack)
        surroundings.logger.error(
            "reader died",
            metadata: logMetadata([
                "error": "\(cause)", "sequences.requeued": "\(sequences.count)",
                "reader.state": "\(lifecycle.state.name)",
            ]))
        return turn
    }

    /// The file that its workers mapped is no pack for them: it is forgotten, and the pack is built from the
    /// checkpoint.
    private func condemnPack(because cause: WorkerError) async {
        mapsCachedPack = false
        if let key = plan.packCacheKey { surroundings.packKeeper?.folder.remove(key) }
        // What this gives back is closed here, on the reader's own thread.
        _ = await surroundings.packs.condemn(plan.packKey)
        surroundings.logger.warning(
            "pack of the pack cache is given up", metadata: logMetadata(["error": "\(cause)"]))
    }

    /// Ends its workers in good order: gives back what is left, tells them to end, and kills those that do
    /// not.
    func shutDown() async {
        seat.freeCount = 0
        surroundings.group.prefixes.forget(plan.readerID.name)
        await surroundings.group.markUnavailable(plan.readerID.name)
        let sequences = scheduler.evacuate(.drain)
        showNumbers()
        await requeue(sequences, because: .drain)
        workers?.shutDown()
        // Blocking is this thread's right, and unlike an `await` it cannot be cut short by cancellation.
        if !desk.waitForEnd(atMost: Self.exitLimit) {
            workers?.launched.kill()
            _ = desk.waitForEnd(atMost: Self.reapLimit)
        }
        workers = nil
        desk.endLife()
        surroundings.logger.info(
            "reader ended", metadata: logMetadata(["sequences.requeued": "\(sequences.count)"]))
    }

    /// Waits until all workers are reaped, killing them if they do not end by themselves, and finds out the
    /// reason.
    private func bury(after error: WorkerError) -> WorkerError {
        guard workers != nil else { return error }
        var cause = error
        if case .closed = error {
            // The end of a socket says nothing; why it ended is the supervisor's to tell, in a moment.
            _ = desk.waitForEnd(atMost: Self.causeLimit)
        }
        if desk.end == nil { workers?.launched.kill() }
        if !desk.waitForEnd(atMost: Self.reapLimit) {
            surroundings.logger.error("workers could not be reaped", metadata: logMetadata)
        }
        if case .closed = error, case .died(let found) = desk.end, found != .killed { cause = .died(found) }
        if let said = workers?.firstRefusal(insteadOf: cause) { cause = said }
        workers = nil
        desk.endLife()
        return cause
    }
}
