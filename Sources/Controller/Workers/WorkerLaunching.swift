package import Platform

/// Which processes a reader wants, and who hears of their end.
package struct WorkerLaunch: Sendable {
    /// The reader they belong to.
    package let readerID: ReaderID
    /// The page they will share with the controller; says how many ranks there are.
    package let controlPage: ControlPage
    /// Called from the supervisor's thread: lines in order, then exactly one end. Must not block.
    package let onEvent: @Sendable (SupervisionEvent) -> Void

    /// Makes an order.
    package init(
        readerID: ReaderID, controlPage: ControlPage, onEvent: @escaping @Sendable (SupervisionEvent) -> Void
    ) {
        self.readerID = readerID
        self.controlPage = controlPage
        self.onEvent = onEvent
    }
}

/// Starts a reader's workers. Conformers: `ProcessLauncher`, and the tests' workers on threads.
package protocol WorkerLaunching: Sendable {
    /// Starts one worker per rank, or none if one cannot be started.
    func launch(_ launch: WorkerLaunch) async throws(SystemError) -> any LaunchedWorkers
}

/// One life of a reader's workers, from their start to their common end.
package protocol LaunchedWorkers: Sendable {
    /// The controller's ends of the control sockets, by rank.
    var channels: [FrameChannel] { get }
    /// Process ids, by rank.
    var pids: [Int32] { get }
    /// All ranks are ready: from now on they are watched as serving workers are.
    func beginServing()
    /// They were told to end: their end is none to report as a death.
    func expectExit()
    /// Ends them at once; their end is reported when all are reaped. May be called from any thread, more than
    /// once.
    func kill()
}
