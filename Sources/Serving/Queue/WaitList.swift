/// Tasks that wait for an actor's state to change. The actor holds it; a cancelled task stops waiting by
/// itself.
///
/// Bound: one entry per waiting task.
struct WaitList: Sendable {
    /// One task's place in the list. Its stream yields on a wake, and ends when the task is cancelled.
    struct Place: Sendable {
        fileprivate let id: UInt64
        private let wakes: AsyncStream<Void>

        fileprivate init(id: UInt64, wakes: AsyncStream<Void>) {
            self.id = id
            self.wakes = wakes
        }

        /// Waits for a wake since the place was taken, or for the task's cancellation.
        func wait() async {
            for await _ in wakes { return }
        }
    }

    private var wakers: [UInt64: AsyncStream<Void>.Continuation] = [:]
    private var nextID: UInt64 = 0

    /// Takes a place; every later `wakeAll` counts for it.
    mutating func enter() -> Place {
        let (wakes, waker) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        nextID += 1
        wakers[nextID] = waker
        return Place(id: nextID, wakes: wakes)
    }

    /// Gives the place up.
    mutating func leave(_ place: Place) {
        wakers[place.id] = nil
    }

    /// Wakes every waiting task.
    func wakeAll() {
        for waker in wakers.values { waker.yield() }
    }
}
