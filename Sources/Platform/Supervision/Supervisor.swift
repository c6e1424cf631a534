import Synchronization

/// What the supervisor is asked to watch: the processes of one reader.
package struct SupervisedReader: Sendable {
    /// Shared with the processes; the supervisor reads progress from it and sets its abort word.
    package let controlPage: ControlPage
    /// The processes in rank order; fewer than the page has ranks if not all could be started.
    package let processes: [SpawnedProcess]
    /// Called on the supervisor's thread, which watches everyone else: it must not block.
    package let onEvent: @Sendable (SupervisionEvent) -> Void

    /// Names a reader's parts.
    package init(
        controlPage: ControlPage, processes: [SpawnedProcess],
        onEvent: @escaping @Sendable (SupervisionEvent) -> Void
    ) {
        self.controlPage = controlPage
        self.processes = processes
        self.onEvent = onEvent
    }
}

/// One reader's registration with the supervisor.
package struct SupervisionID: Hashable, Sendable {
    let number: UInt64
}

/// Watches every worker process from one thread: ends, standard error, and progress ten times a second.
///
/// When a reader dies, it sets the abort word, kills the process groups of all its ranks, reaps them and
/// reports once; when a rank stalls, it makes the reader die. A class because it owns the thread, which ends
/// with `stop()`.
package final class Supervisor: Sendable {
    enum Request: Sendable {
        case register(SupervisionID, SupervisedReader)
        case setPhase(SupervisionID, SupervisionPhase)
        case expectExit(SupervisionID)
        case kill(SupervisionID)
        case stop
    }

    private let inbox: SupervisorInbox

    /// Starts the thread.
    package init() throws(SystemError) {
        let inbox = try SupervisorInbox()
        self.inbox = inbox
        DedicatedThread.start(name: "skein-supervise") {
            var loop = SupervisorLoop(inbox: inbox)
            loop.run()
        }
    }

    deinit {
        inbox.post(.stop)
    }

    /// Begins to watch a reader, in phase `loading`.
    package func register(_ reader: SupervisedReader) -> SupervisionID {
        let id = inbox.makeID()
        inbox.post(.register(id, reader))
        return id
    }

    /// Changes the limits that apply to a reader. Unknown or finished readers are ignored here and below.
    package func setPhase(_ phase: SupervisionPhase, of id: SupervisionID) {
        inbox.post(.setPhase(id, phase))
    }

    /// From now on exits with code 0 are no deaths: the reader was told to shut down.
    package func expectExit(_ id: SupervisionID) {
        inbox.post(.expectExit(id))
    }

    /// Kills what is left of a reader: `.died(.killed)`, or `.ended` after `expectExit`, follows when all are
    /// reaped.
    package func kill(_ id: SupervisionID) {
        inbox.post(.kill(id))
    }

    /// Ends the thread; every reader should have ended before.
    package func stop() {
        inbox.post(.stop)
    }
}

/// Requests on their way to the supervisor's thread, and the descriptor that wakes it.
final class SupervisorInbox: Sendable {
    private struct Mail: Sendable {
        var requests: [Supervisor.Request] = []
        var lastID: UInt64 = 0
    }

    /// Protects the requests; their bound is what the controller asks for within one turn of the thread.
    private let mail = Mutex(Mail())
    /// Becomes readable when a request has come.
    let wakeup: EventDescriptor

    init() throws(SystemError) {
        wakeup = try EventDescriptor()
    }

    func makeID() -> SupervisionID {
        mail.withLock { mail in
            mail.lastID += 1
            return SupervisionID(number: mail.lastID)
        }
    }

    func post(_ request: Supervisor.Request) {
        mail.withLock { $0.requests.append(request) }
        wakeup.signal()
    }

    func takeAll() -> [Supervisor.Request] {
        wakeup.clear()
        return mail.withLock { mail in
            defer { mail.requests = [] }
            return mail.requests
        }
    }
}
