import Serving
import Synchronization

/// A clock that moves only when told to.
final class ManualClock: Clock {
    /// Time since the clock was made.
    struct Instant: InstantProtocol {
        var offset: Duration

        func advanced(by duration: Duration) -> Instant { Instant(offset: offset + duration) }
        func duration(to other: Instant) -> Duration { other.offset - offset }
        static func < (left: Instant, right: Instant) -> Bool { left.offset < right.offset }
    }

    private struct Sleeper {
        let deadline: Instant
        let waker: AsyncStream<Void>.Continuation
    }

    private struct State {
        var now = Instant(offset: .zero)
        var sleepers: [Sleeper] = []
        /// Told whenever somebody goes to sleep.
        var watchers: [AsyncStream<Void>.Continuation] = []
    }

    private let state = Mutex(State())

    var now: Instant { state.withLock { $0.now } }
    var minimumResolution: Duration { .nanoseconds(1) }

    /// What Serving takes.
    var serving: ServingClock { ServingClock(self) }

    func sleep(until deadline: Instant, tolerance: Duration?) async throws {
        let (wakes, waker) = AsyncStream.makeStream(of: Void.self)
        state.withLock { state in
            if deadline <= state.now {
                waker.finish()
            } else {
                state.sleepers.append(Sleeper(deadline: deadline, waker: waker))
                for watcher in state.watchers { watcher.yield() }
            }
        }
        for await _ in wakes {}
        try Task.checkCancellation()
    }

    /// Moves the time on and wakes those whose time has come.
    func advance(by duration: Duration) {
        state.withLock { state in
            state.now = state.now.advanced(by: duration)
            for sleeper in state.sleepers where sleeper.deadline <= state.now { sleeper.waker.finish() }
            state.sleepers.removeAll { $0.deadline <= state.now }
        }
    }

    /// Waits until somebody sleeps until exactly `offset`.
    func waitForSleeper(until offset: Duration) async {
        let (arrivals, watcher) = AsyncStream.makeStream(of: Void.self)
        state.withLock { $0.watchers.append(watcher) }
        watcher.yield()
        for await _ in arrivals {
            if state.withLock({ $0.sleepers.contains { $0.deadline.offset == offset } }) { return }
        }
    }
}
