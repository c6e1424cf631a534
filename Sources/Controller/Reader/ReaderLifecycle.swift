/// What a reader does next, from its first start to its end. Holds no process and no clock.
struct ReaderLifecycle: Equatable, Sendable {
    /// The next thing to do.
    enum Turn: Equatable, Sendable {
        /// Ask for the pack and wait for it.
        case obtainPack
        /// Start workers and load them.
        case load
        /// Take sequences and execute steps.
        case serve
        /// Wait, then begin again.
        case wait(Duration)
        /// Do nothing until it is told to end.
        case park
        /// Give everything back.
        case end
    }

    /// See `ReaderState` for the states that may follow.
    private(set) var state: ReaderState = .starting
    /// Starts after the first one.
    private(set) var restartCount = 0
    /// The last failure.
    private(set) var lastError: String?
    private var policy = RestartPolicy()

    /// The first turn.
    mutating func begin() -> Turn {
        state = .waitingForPack
        return .obtainPack
    }

    /// A file of the pack cache is being checked.
    mutating func checksPack() { state = .checkingPack }

    /// The pack is there, or is this reader's to build.
    mutating func gotPack(isBuilder: Bool) -> Turn {
        state = isBuilder ? .buildingPack : .loading
        return .load
    }

    /// The pack that it has built is sealed.
    mutating func sealedPack() { state = .loading }

    /// All ranks can take steps.
    mutating func becameReady() -> Turn {
        state = .serving
        return .serve
    }

    /// It was told to end and finishes what it has.
    mutating func beginDraining() { state = .draining }

    /// It has nothing left to finish, or no time.
    mutating func stopped() -> Turn {
        state = .draining
        return .end
    }

    /// Its workers are gone, or could not be started.
    mutating func died(because reason: String, in phase: RestartPolicy.Phase, isPermanent: Bool) -> Turn {
        lastError = reason
        if isPermanent, phase == .loading {
            state = .failed(reason: reason)
            return .park
        }
        let backoff = policy.died(in: phase)
        state = .restarting(backoff: backoff)
        return .wait(backoff)
    }

    /// The wait is over.
    mutating func waited() -> Turn {
        restartCount += 1
        return begin()
    }
}
