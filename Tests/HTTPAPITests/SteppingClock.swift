import Serving
import Synchronization

/// A clock that moves only when the test says so; nobody waits on it.
final class SteppingClock: Clock, Sendable {
    struct Instant: InstantProtocol {
        var offset = Duration.zero

        func advanced(by duration: Duration) -> Instant { Instant(offset: offset + duration) }
        func duration(to other: Instant) -> Duration { other.offset - offset }
        static func < (left: Instant, right: Instant) -> Bool { left.offset < right.offset }
    }

    private let time = Mutex(Instant())

    var now: Instant { time.withLock { $0 } }
    var minimumResolution: Duration { .zero }

    func sleep(until deadline: Instant, tolerance: Duration?) async throws {
        // Until the task is cancelled.
        let (end, continuation) = AsyncStream.makeStream(of: Never.self)
        for await _ in end {}
        continuation.finish()
        try Task.checkCancellation()
    }

    /// Moves on.
    func advance(milliseconds: Int) {
        time.withLock { $0.offset += .milliseconds(milliseconds) }
    }
}
