import Synchronization

/// A clock that only moves when the test says so.
final class ManualClock: Clock {
    struct Instant: InstantProtocol {
        var offset: Duration
        func advanced(by duration: Duration) -> Instant { Instant(offset: offset + duration) }
        func duration(to other: Instant) -> Duration { other.offset - offset }
        static func < (left: Instant, right: Instant) -> Bool { left.offset < right.offset }
    }

    private struct Sleeper {
        let deadline: Instant
        let wake: AsyncStream<Void>.Continuation
    }

    private struct Contents {
        var now = Instant(offset: .zero)
        var sleepers: [Int: Sleeper] = [:]
        var nextID = 0
        /// Those who wait for somebody to fall asleep.
        var watchers: [AsyncStream<Void>.Continuation] = []
    }

    private let contents = Mutex(Contents())

    var now: Instant { contents.withLock { $0.now } }
    var minimumResolution: Duration { .zero }

    func sleep(until deadline: Instant, tolerance: Duration?) async throws {
        let (stream, wake) = AsyncStream.makeStream(of: Void.self)
        let id: Int? = contents.withLock { contents in
            guard deadline > contents.now else { return nil }
            contents.nextID += 1
            contents.sleepers[contents.nextID] = Sleeper(deadline: deadline, wake: wake)
            for watcher in contents.watchers { watcher.finish() }
            contents.watchers = []
            return contents.nextID
        }
        guard let id else { return }
        for await _ in stream {}
        _ = contents.withLock { $0.sleepers.removeValue(forKey: id) }
        try Task.checkCancellation()
    }

    /// Moves on, waking those whose time has come.
    func advance(by duration: Duration) {
        let due = contents.withLock { contents in
            contents.now = contents.now.advanced(by: duration)
            return contents.sleepers.values.filter { $0.deadline <= contents.now }
        }
        for sleeper in due { sleeper.wake.finish() }
    }

}

extension ManualClock {
    /// Waits until someone sleeps until this moment.
    func waitForSleeper(until deadline: Duration) async {
        while true {
            let stream: AsyncStream<Void>? = contents.withLock { contents in
                guard !contents.sleepers.values.contains(where: { $0.deadline.offset == deadline }) else {
                    return nil
                }
                let (stream, continuation) = AsyncStream.makeStream(of: Void.self)
                contents.watchers.append(continuation)
                return stream
            }
            guard let stream, !Task.isCancelled else { return }
            for await _ in stream {}
        }
    }
}
