import Dispatch
import Platform
import Serving
import Synchronization

/// Where a reader's thread and the rest of the controller leave word for each other without waiting.
///
/// The reader blocks in step I/O, so nobody can ask it anything: it writes its state here after each step,
/// and finds here what the supervisor and the fleet have to say. A class because it is shared; the lock is
/// held for a few copies only.
final class ReaderDesk: Sendable {
    /// How one life of the workers ended.
    enum End: Equatable, Sendable {
        /// Not as it should.
        case died(DeathCause)
        /// As they were told.
        case ended
    }

    private struct Life {
        let number: Int
        let launched: any LaunchedWorkers
        let controlPage: ControlPage
        var bytesRead: [Int]
        var end: End?
        /// Signalled once, with `end`.
        let hasEnded = DispatchSemaphore(value: 0)
    }

    private struct Contents {
        var snapshot: ReaderSnapshot
        var progressAt: Duration = .zero
        var stop: StopOrder?
        var spinBudgetNanoseconds: UInt32 = 0
        var lifeCount = 0
        var life: Life?
        /// An end that came before `begin` could name the life.
        var earlyEnd: (number: Int, end: End)?
        var wakeup: AsyncStream<Void>.Continuation?
        var hasNews = false
    }

    /// The longest time without a step or a moved counter in which a reader counts as ready (design 2).
    static let readinessLimit: Duration = .seconds(30)

    /// Protects everything but the workers themselves.
    private let contents: Mutex<Contents>

    /// Where the reader sleeps when it has nothing to do.
    private let seat: ReaderSeat

    /// Puts up the snapshot of a reader that has not started and will sleep in `seat`.
    init(_ snapshot: ReaderSnapshot, seat: ReaderSeat) {
        contents = Mutex(Contents(snapshot: snapshot))
        self.seat = seat
    }

    // MARK: - The fleet's side

    /// What the reader is doing, with the ranks' own numbers as of now.
    func snapshot(at time: Duration) -> ReaderSnapshot {
        contents.withLock { contents in
            var snapshot = contents.snapshot
            snapshot.ready =
                snapshot.state == .serving && time - contents.progressAt <= Self.readinessLimit
            guard let life = contents.life, life.end == nil else { return snapshot }
            snapshot.pids = life.launched.pids
            let pages = life.controlPage.snapshots()
            if snapshot.state == .buildingPack {
                snapshot.loading?.doneByteCount = pages.reduce(0) {
                    $0 + Int(clamping: $1.packedByteCount)
                }
            }
            snapshot.workers = pages.enumerated().map { rank, numbers in
                WorkerSnapshot(
                    rank: rank, pid: life.launched.pids[rank], state: "\(numbers.state)",
                    computeSeconds: Double(numbers.computeNanoseconds) / 1e9,
                    waitSeconds: Double(numbers.waitNanoseconds) / 1e9,
                    // While a rank packs, its page is ahead of its report.
                    bytesRead: max(life.bytesRead[rank], Int(clamping: numbers.readByteCount)))
            }
            return snapshot
        }
    }

    /// Tells the reader to end; of several orders the strictest holds. Workers that do not serve yet end at
    /// once.
    func stop(_ order: StopOrder) {
        let victims: (any LaunchedWorkers)? = contents.withLock { contents in
            contents.stop = contents.stop?.combined(with: order) ?? order
            contents.hasNews = true
            contents.wakeup?.yield()
            let isServing = contents.snapshot.state == .serving || contents.snapshot.state == .draining
            return order == .now || !isServing ? contents.life?.launched : nil
        }
        seat.wake()
        victims?.kill()
    }

    /// How long waits spin in this reader's ranks, now and after a restart.
    func setSpinBudget(nanoseconds: UInt32) {
        contents.withLock { contents in
            contents.spinBudgetNanoseconds = nanoseconds
            contents.life?.controlPage.spinBudgetNanoseconds = nanoseconds
        }
    }

    // MARK: - The supervisor's side

    /// Takes in the end of the life with this number.
    func reportEnd(_ end: End, ofLife number: Int) {
        contents.withLock { contents in
            if contents.life?.number == number {
                contents.life?.end = end
                contents.life?.hasEnded.signal()
            } else {
                contents.earlyEnd = (number, end)
            }
            contents.hasNews = true
            contents.wakeup?.yield()
        }
        seat.wake()
    }

    // MARK: - The reader's side

    /// What it was told.
    var stopOrder: StopOrder? { contents.withLock { $0.stop } }

    /// How this life ended; nil while it goes on.
    var end: End? { contents.withLock { $0.life?.end } }

    /// Blocks the reader's thread until this life has ended, at most `limit`; false if it has not.
    func waitForEnd(atMost limit: Duration) -> Bool {
        guard let signal = contents.withLock({ $0.life?.hasEnded }) else { return true }
        guard signal.wait(timeout: .now() + limit.inSeconds) == .success else { return false }
        // Later waits find it ended, too.
        signal.signal()
        return true
    }

    /// The number of the next life, for the events of its workers.
    func nextLifeNumber() -> Int {
        contents.withLock { contents in
            contents.lifeCount += 1
            return contents.lifeCount
        }
    }

    /// A life has begun. If the reader was told to end meanwhile, so do the workers.
    func begin(life number: Int, _ launched: any LaunchedWorkers, controlPage: ControlPage) {
        let isUnwanted = contents.withLock { contents in
            controlPage.spinBudgetNanoseconds = contents.spinBudgetNanoseconds
            let early = contents.earlyEnd?.number == number ? contents.earlyEnd?.end : nil
            contents.life = Life(
                number: number, launched: launched, controlPage: controlPage,
                bytesRead: Array(repeating: 0, count: controlPage.rankCount), end: early)
            if early != nil { contents.life?.hasEnded.signal() }
            return contents.stop != nil
        }
        if isUnwanted { launched.kill() }
    }

    /// What the ranks said they had read.
    func setBytesRead(_ bytesRead: [Int]) {
        contents.withLock { $0.life?.bytesRead = bytesRead }
    }

    /// So much of a file of the pack cache was checked. May be called from any thread.
    func notePackChecked(byteCount: Int) {
        contents.withLock { contents in
            // Threads may come in another order than they counted.
            let done = contents.snapshot.loading?.doneByteCount ?? 0
            contents.snapshot.loading?.doneByteCount = max(done, byteCount)
        }
    }

    /// The life is over, its workers are reaped.
    func endLife() {
        contents.withLock { $0.life = nil }
    }

    /// Changes what `/status` shows.
    func update(_ change: (inout ReaderSnapshot) -> Void) {
        contents.withLock { change(&$0.snapshot) }
    }

    /// A step was finished, or all ranks' counters have moved.
    func noteProgress(at time: Duration) {
        contents.withLock { $0.progressAt = time }
    }

    /// Yields once when there is news, at once if there has been some since the last call. Bound: one event.
    func news() -> AsyncStream<Void> {
        let (stream, continuation) = AsyncStream.makeStream(
            of: Void.self, bufferingPolicy: .bufferingNewest(1))
        contents.withLock { contents in
            contents.wakeup?.finish()
            contents.wakeup = continuation
            if contents.hasNews { continuation.yield() }
            contents.hasNews = false
        }
        return stream
    }
}
