import Logging
import Metrics
import Platform
import Serving
import WorkerMessages

extension Reader {
    /// How often an idle reader looks whether its ranks' counters move. An idle rank moves its own twice a
    /// second, and a rank that does not is ended by the supervisor, so that no probe step is needed (design
    /// 2).
    static let idleInterval: Duration = .seconds(10)

    /// One life's numbers.
    private struct Life {
        let start: Duration
        let firstStep: UInt64
    }

    /// Executes steps until the workers die or it is told to end.
    func serve() async -> ReaderLifecycle.Turn {
        let life = Life(start: surroundings.clock.now(), firstStep: meter.stepCount)
        desk.noteProgress(at: life.start)
        surroundings.logger.info(
            "reader is ready", metadata: logMetadata(["reader.restarts": "\(lifecycle.restartCount)"]))
        if let error = await executeSteps() {
            meter.hasNoWork()
            let phase = RestartPolicy.Phase.serving(
                stepCount: meter.stepCount - life.firstStep, age: surroundings.clock.now() - life.start)
            return await recover(from: error, in: phase)
        }
        meter.hasNoWork()
        await shutDown()
        return lifecycle.stopped()
    }

    /// Executes steps until it is told to end, or gives why the workers did. One timer for all idle waits wakes the
    /// reader to look at its ranks: with one for each wait, thousands a second would be pending.
    private func executeSteps() async -> WorkerError? {
        let queue = surroundings.group.queue
        queue.enter(seat)
        defer { queue.leave(seat) }
        return await withTaskGroup(of: Void.self) { tasks in
            tasks.addTask { [seat, clock = surroundings.clock] in
                while (try? await clock.sleep(Self.idleInterval)) != nil { seat.wake() }
            }
            defer { tasks.cancelAll() }
            do throws(WorkerError) {
                try await loop()
                return nil
            } catch {
                return error
            }
        }
    }

    private func loop() async throws(WorkerError) {
        while true {
            if case .died(let cause) = desk.end { throw .died(cause) }
            if desk.end == .ended { throw .closed(rank: 0) }
            let stop = desk.stopOrder
            if let stop {
                if stop.isOver(at: surroundings.clock.now()) { return }
                await beginDraining()
            }
            perform(scheduler.sweepCancelled())
            await admit(stop)
            let hasStep = scheduler.planStep(into: &frame)
            logPreemptions()
            if hasStep {
                try executeStep()
            } else if stop == nil {
                meter.hasNoWork()
                showNumbers()
                await idle()
            } else {
                return
            }
        }
    }

    /// Takes what the group's policy gives from the queue. Suspends once, so that others get to speak between steps,
    /// but never leaves this thread, since two hops between threads cost as much as all else between two steps. A
    /// reader that drains takes what there is.
    private func admit(_ stop: StopOrder?) async {
        await executor.yield()
        let queue = surroundings.group.queue
        let freeCount = scheduler.freeSlotCount
        let heldCount = scheduler.sequenceCount
        let takes = stop?.allowsTaking ?? true
        if freeCount > 0, takes,
            queue.mayHaveWork(after: stop == nil ? deferral : nil, heldCount: heldCount)
        {
            let isPressureAsked = queue.usesPressure
            let room = ReaderRoom(
                seat: seat, heldCount: heldCount, freeCount: freeCount,
                stepTokenCount: plan.limits.prefillChunk,
                pressure: isPressureAsked ? pressure.pressure(at: surroundings.clock.now()) : 0,
                mayWait: stop == nil)
            let offer = queue.offer(to: room)
            deferral = offer.deferral
            for sequence in offer.sequences {
                sequence.handle.timeline.noteTaken()
                if let refusal = scheduler.refusal(of: sequence) {
                    sequence.handle.deliver(.failed(refusal))
                } else {
                    scheduler.admit(sequence)
                }
            }
        }
        seat.freeCount = takes ? scheduler.freeSlotCount : 0
        if !scheduler.isIdle { meter.hasWork(at: surroundings.clock.now()) }
    }

    private func executeStep() throws(WorkerError) {
        let (waiting, refusal) = try exchange()
        if let refusal { return refuse(refusal) }
        let actions: [SchedulerAction]
        do throws(SchedulerFault) {
            actions = try scheduler.apply(result)
        } catch {
            throw .violation(rank: 0, reason: error.description)
        }
        scheduler.noteStepTime(waiting)
        surroundings.group.prefixes.update(plan.readerID.name, scheduler.takePrefixChanges())
        let tokenCount = actions.count { if case .token = $0 { true } else { false } }
        // Shown before they are delivered: who has got the last token finds it counted.
        desk.update { snapshot in
            snapshot.steps = meter.stepCount + 1
            snapshot.tokens = meter.tokenCount + UInt64(tokenCount)
            snapshot.activeSequences = scheduler.sequenceCount
        }
        perform(actions)
        finishStep(tokenCount: tokenCount, waiting: waiting)
    }

    private func finishStep(tokenCount: Int, waiting: Duration) {
        let now = surroundings.clock.now()
        let step = meter.finishedStep(tokenCount: tokenCount, waiting: waiting, result: result, at: now)
        surroundings.metrics.finishedStep(
            step, sequenceCount: frame.rowGroups.count, tokenCount: tokenCount,
            rows: scheduler.statistics)
        desk.noteProgress(at: now)
        showNumbers()
        surroundings.logger.trace(
            "step finished",
            metadata: logMetadata(["step.number": "\(result.stepNumber)", "step.tokens": "\(tokenCount)"]))
    }

    /// Puts the meter and the number of sequences up on the desk.
    func showNumbers() {
        desk.update { snapshot in
            snapshot.steps = meter.stepCount
            snapshot.tokens = meter.tokenCount
            snapshot.busySeconds = meter.busy.inSeconds
            snapshot.controllerSeconds = meter.controller.inSeconds
            snapshot.serialSeconds = meter.serial.inSeconds
            snapshot.activeSequences = scheduler.sequenceCount
            snapshot.scheduling = scheduler.statistics
        }
    }

    /// All ranks have refused the step and changed nothing: fails those that it would have brought in.
    private func refuse(_ report: FailureReport) {
        surroundings.metrics.refusals.increment()
        surroundings.logger.error(
            "workers refused a step",
            metadata: logMetadata(["step.number": "\(frame.stepNumber)", "error": "\(report.message)"]))
        perform(scheduler.refuse(frame, because: .refusedByWorkers(reason: report.message)))
        showNumbers()
    }

    /// Waits for work, for news, or until it is time to look at the counters.
    private func idle() async {
        let clock = surroundings.clock
        let queue = surroundings.group.queue
        // It may have become time to ask again since the queue was looked at.
        if queue.mayHaveWork(after: deferral, heldCount: scheduler.sequenceCount) { return }
        await seat.waitForWake(until: deferral?.askAgain, clock: clock)
        if workers?.haveAllMoved() ?? false { desk.noteProgress(at: clock.now()) }
    }

    private func beginDraining() async {
        guard lifecycle.state != .draining else { return }
        lifecycle.beginDraining()
        showState()
        await surroundings.group.markUnavailable(plan.readerID.name)
        surroundings.logger.info(
            "reader is draining", metadata: logMetadata(["sequences": "\(scheduler.sequenceCount)"]))
    }
}

extension Duration {
    /// The same in seconds, for reports.
    var inSeconds: Double {
        Double(components.seconds) + Double(components.attoseconds) * 1e-18
    }
}
