import Serving
import Synchronization

/// A clock on which nothing passes by itself: every wait lasts until the test ends it.
final class Pauses: Clock, Sendable {
    struct Instant: InstantProtocol {
        var offset = Duration.zero

        func advanced(by duration: Duration) -> Instant { Instant(offset: offset + duration) }
        func duration(to other: Instant) -> Duration { other.offset - offset }
        static func < (left: Instant, right: Instant) -> Bool { left.offset < right.offset }
    }

    private let (begun, begin) = AsyncStream.makeStream(of: Duration.self)
    private let waits = Mutex<[AsyncStream<Never>.Continuation]>([])

    var now: Instant { Instant() }
    var minimumResolution: Duration { .zero }

    func sleep(until deadline: Instant, tolerance: Duration?) async throws {
        let (end, continuation) = AsyncStream.makeStream(of: Never.self)
        waits.withLock { $0.append(continuation) }
        begin.yield(deadline.offset)
        for await _ in end {}
        try Task.checkCancellation()
    }

    /// Waits until somebody waits on this clock, and returns for how long it means to.
    func next() async -> Duration? {
        var iterator = begun.makeAsyncIterator()
        return await iterator.next()
    }

    /// Ends all waits.
    func endAll() {
        for wait in waits.withLock({ waits in
            defer { waits = [] }
            return waits
        }) { wait.finish() }
    }
}

/// A door that opens once; waiting at an open one does not wait.
final class Door: Sendable {
    private let (stream, continuation) = AsyncStream.makeStream(of: Never.self)

    /// Lets everyone through.
    func open() { continuation.finish() }

    /// Returns when the door is open.
    func wait() async { for await _ in stream {} }
}
