import Synchronization

/// A reader's place at its consumer group's queue, where it leaves word how many sequences it could take, and where it
/// sleeps while it has nothing to do.
///
/// A class because it is shared: the reader writes between steps, the queue reads when another reader asks, and
/// whoever has news for the reader wakes it.
package final class ReaderSeat: Sendable {
    /// The reader's name.
    package let readerID: String
    private let room = Atomic(0)

    private struct Sleep {
        var continuation: CheckedContinuation<Void, Never>?
        /// Whether somebody woke the reader while it was awake.
        var isOver = false
    }

    /// Protects the reader's sleep.
    private let sleep = Mutex(Sleep())

    /// The seat of a reader that takes nothing yet.
    package init(readerID: String) {
        self.readerID = readerID
    }

    /// Sequences it could take; 0 while it is full or takes none.
    package var freeCount: Int {
        get { room.load(ordering: .relaxed) }
        set { room.store(newValue, ordering: .relaxed) }
    }

    /// Waits for the next `wake`; returns at once if there was one since the last wait. One task at a time.
    ///
    /// Neither a task nor a timer: a reader with short steps goes to sleep thousands of times a second.
    package func waitForWake(isolation: isolated (any Actor)? = #isolation) async {
        await withCheckedContinuation(isolation: isolation) { continuation in
            let isOver = sleep.withLock { sleep in
                precondition(sleep.continuation == nil, "two tasks of \(readerID) sleep")
                defer { sleep.isOver = false }
                if !sleep.isOver { sleep.continuation = continuation }
                return sleep.isOver
            }
            if isOver { continuation.resume() }
        }
    }

    /// The same, until `deadline` on `clock` at the latest; without a deadline there is no timer.
    package func waitForWake(
        until deadline: Duration?, clock: ServingClock, isolation: isolated (any Actor)? = #isolation
    ) async {
        guard let deadline else { return await waitForWake() }
        await withTaskGroup(of: Void.self) { tasks in
            tasks.addTask {
                // A sleep that is cut short means that something else was first.
                if (try? await clock.sleep(deadline - clock.now())) != nil { self.wake() }
            }
            await waitForWake()
            tasks.cancelAll()
        }
    }

    /// Ends the reader's wait, the present one or the next.
    package func wake() {
        let continuation = sleep.withLock { sleep in
            defer { sleep.continuation = nil }
            if sleep.continuation == nil { sleep.isOver = true }
            return sleep.continuation
        }
        continuation?.resume()
    }
}
