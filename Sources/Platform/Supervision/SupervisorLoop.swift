import CPlatform
import Glibc

/// The body of the supervisor's thread.
struct SupervisorLoop {
    /// The time between two looks at the progress counters.
    static let tickMilliseconds = 100
    /// A tick that comes later than this after its time does not count against anyone.
    static let lateMilliseconds = 50

    private let inbox: SupervisorInbox
    private var readers: [SupervisionID: WatchedReader] = [:]
    private var nextTick: UInt64
    private var isStopping = false

    init(inbox: SupervisorInbox) {
        self.inbox = inbox
        nextTick = Self.now() + UInt64(Self.tickMilliseconds)
    }

    /// Polls until told to stop.
    mutating func run() {
        while !isStopping {
            let sources = waitForSources()
            for request in inbox.takeAll() { perform(request) }
            for source in sources { readers[source.id]?.read(source.part) }
            tickIfDue()
            readers = readers.filter { !$0.value.isFinished }
        }
    }

    private mutating func perform(_ request: Supervisor.Request) {
        switch request {
        case .register(let id, let reader): readers[id] = WatchedReader(reader)
        case .setPhase(let id, let phase): readers[id]?.phase = phase
        case .expectExit(let id): readers[id]?.expectExit()
        case .kill(let id): readers[id]?.kill(because: .killed)
        case .stop: isStopping = true
        }
    }

    private mutating func tickIfDue() {
        let now = Self.now()
        guard now >= nextTick else { return }
        let isOnTime = now - nextTick <= UInt64(Self.lateMilliseconds)
        for id in readers.keys { readers[id]?.tick(isOnTime: isOnTime) }
        // From now, not from the planned time: after a pause no burst of ticks follows.
        nextTick = now + UInt64(Self.tickMilliseconds)
    }

    /// Sleeps until a descriptor is readable or the tick is due; returns the readable ones.
    private func waitForSources() -> [(id: SupervisionID, part: WatchedReader.Part)] {
        var entries = [pollfd(fd: inbox.wakeup.descriptor.rawValue, events: Int16(POLLIN), revents: 0)]
        var sources: [(id: SupervisionID, part: WatchedReader.Part)] = []
        for (id, reader) in readers {
            for (descriptor, part) in reader.openParts {
                entries.append(pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0))
                sources.append((id, part))
            }
        }
        let now = Self.now()
        let timeout = nextTick > now ? Int32(nextTick - now) : 0
        guard unsafe poll(&entries, nfds_t(entries.count), timeout) > 0 else { return [] }
        return sources.indices.filter { entries[$0 + 1].revents != 0 }.map { sources[$0] }
    }

    private static func now() -> UInt64 {
        skein_monotonic_nanoseconds() / 1_000_000
    }
}
