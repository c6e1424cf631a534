/// A task executor that has someone else's thread run its jobs, such as an event loop's.
///
/// A task that prefers it goes on, after each wait, where the thread's own callbacks run, and wakes no second thread.
/// Nothing that blocks belongs on it. It keeps no queue; jobs are bounded by the tasks that prefer it.
package final class ForwardingTaskExecutor: TaskExecutor {
    private let forward: @Sendable (@escaping @Sendable () -> Void) -> Void

    /// `forward` runs each closure it is given once, soon, and must drop none.
    package init(_ forward: @escaping @Sendable (@escaping @Sendable () -> Void) -> Void) {
        self.forward = forward
    }

    /// Passes the job on.
    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        forward { unsafe job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}
