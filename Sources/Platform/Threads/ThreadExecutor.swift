import Dispatch
import Synchronization

/// A serial executor with a thread of its own: an actor on it may block without blocking anyone else.
///
/// The thread starts with the first job. After `stop()` it ends once every queued job has run; a job that
/// comes later still (a last hop of an actor) restarts it, so no job is ever lost. The queue's bound is the
/// number of tasks that wait for the actor.
package final class ThreadExecutor: SerialExecutor {
    private struct Queue {
        /// In order of arrival; those before `next` have run.
        var jobs: [UnownedJob] = []
        var next = 0
        var hasThread = false
        var isStopping = false
    }

    /// The thread's name.
    package let name: String
    /// Protects the queue and the decision to start or end the thread.
    private let queue = Mutex(Queue())
    /// Counts jobs and stop requests, so the thread sleeps when there are none.
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
        let startsThread = queue.withLock { queue in
            queue.jobs.append(job)
            defer { queue.hasThread = true }
            return !queue.hasThread
        }
        arrivals.signal()
        if startsThread { DedicatedThread.start(name: name) { self.runJobs() } }
    }

    /// Lets the thread end when the queue is empty. May be called from anywhere, more than once.
    package func stop() {
        queue.withLock { $0.isStopping = true }
        arrivals.signal()
    }

    /// Whether the thread exists, for tests that check that none is left behind.
    package var isRunning: Bool {
        queue.withLock { $0.hasThread }
    }

    private enum Turn {
        case run(UnownedJob)
        case wait
        case end
    }

    private func runJobs() {
        while true {
            switch queue.withLock({ Self.nextTurn(&$0) }) {
            case .run(let job): unsafe job.runSynchronously(on: unowned)
            case .wait: arrivals.wait()
            case .end: return
            }
        }
    }

    private static func nextTurn(_ queue: inout Queue) -> Turn {
        if queue.next < queue.jobs.count {
            defer { queue.next += 1 }
            return .run(queue.jobs[queue.next])
        }
        queue.jobs.removeAll(keepingCapacity: true)
        queue.next = 0
        guard queue.isStopping else { return .wait }
        queue.hasThread = false
        return .end
    }
}
