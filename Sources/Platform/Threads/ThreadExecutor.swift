import Dispatch
import Synchronization

/// An executor with a thread of its own: an actor on it may block without blocking anyone else.
///
/// A task that prefers it (`addTask(executorPreference:)`) also runs on its thread what belongs to no actor, and
/// what it does in actors without an executor of their own: it then wakes no other thread where it has to wait
/// for nobody.
///
/// The thread starts with the first job. After `stop()` it ends once every queued job has run; a job that
/// comes later still (a last hop of an actor) restarts it, so no job is ever lost. The queue's bound is the
/// number of tasks that wait for the actor.
package final class ThreadExecutor: SerialExecutor, TaskExecutor {
    @safe private enum Item {
        case job(UnownedJob)
        /// A task that let others go first.
        case yielded(UnsafeContinuation<Void, Never>)
    }

    private struct Queue {
        /// In order of arrival; those before `next` have run.
        var items: [Item] = []
        var next = 0
        var hasThread = false
        /// Whether the thread sleeps, or is about to, until `arrivals` is signalled.
        var isWaiting = false
        var isStopping = false

        /// Whether the thread must be woken for what was just put in.
        mutating func wakes() -> Bool {
            defer { isWaiting = false }
            return isWaiting
        }
    }

    /// The thread's name.
    package let name: String
    /// Protects the queue and the decision to start or end the thread.
    private let queue = Mutex(Queue())
    /// Wakes the thread where it waits, once a wait.
    private let arrivals = DispatchSemaphore(value: 0)

    /// Makes an executor; nothing runs yet.
    package init(name: String) {
        self.name = name
    }

    /// What an actor returns from `unownedExecutor`; the actor keeps this object in a constant property,
    /// which makes it outlive every use.
    @safe package var unowned: UnownedSerialExecutor {
        unsafe asUnownedSerialExecutor()
    }

    /// Runs `job` on the thread, after those that came before it; starts the thread for the first one.
    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let (startsThread, wakes) = queue.withLock { queue in
            queue.items.append(.job(job))
            defer { queue.hasThread = true }
            return (!queue.hasThread, queue.wakes())
        }
        if wakes { arrivals.signal() }
        if startsThread { DedicatedThread.start(name: name) { self.runItems() } }
    }

    /// Suspends the calling task until what is queued here has had its turn. Unlike `Task.yield()` it wakes no
    /// other thread, if the task prefers this executor.
    package func yield(isolation: isolated (any Actor)? = #isolation) async {
        unsafe await withUnsafeContinuation { continuation in
            queue.withLock { unsafe $0.items.append(.yielded(continuation)) }
        }
    }

    /// Lets the thread end when the queue is empty. May be called from anywhere, more than once.
    package func stop() {
        let wakes = queue.withLock { queue in
            queue.isStopping = true
            return queue.wakes()
        }
        if wakes { arrivals.signal() }
    }

    /// Whether the thread exists, for tests that check that none is left behind.
    package var isRunning: Bool {
        queue.withLock { $0.hasThread }
    }

    private enum Turn {
        case run(Item)
        case wait
        case end
    }

    private func runItems() {
        while true {
            switch queue.withLock({ Self.nextTurn(&$0) }) {
            case .run(.job(let job)):
                unsafe job.runSynchronously(
                    isolatedTo: asUnownedSerialExecutor(), taskExecutor: asUnownedTaskExecutor())
            case .run(.yielded(let continuation)): unsafe continuation.resume()
            case .wait: arrivals.wait()
            case .end: return
            }
        }
    }

    private static func nextTurn(_ queue: inout Queue) -> Turn {
        if queue.next < queue.items.count {
            defer { queue.next += 1 }
            return .run(queue.items[queue.next])
        }
        queue.items.removeAll(keepingCapacity: true)
        queue.next = 0
        if queue.isStopping {
            queue.hasThread = false
            return .end
        }
        queue.isWaiting = true
        return .wait
    }
}
