import Controller
import Foundation

/// One line on a terminal that says how far loading is; silent where stderr is no terminal.
///
/// Shown once loading has taken a second, rewritten in place, and wiped at the end. The bar is in colour unless
/// NO_COLOR is set.
struct ProgressLine {
    private static let delay = Duration.seconds(1)
    private static let interval = Duration.milliseconds(100)
    private let start = ContinuousClock.now
    private var shownAt: ContinuousClock.Instant?

    /// Shows how much of the packs is done and how many readers serve.
    mutating func show(_ snapshot: FleetSnapshot) {
        let now = ContinuousClock.now
        guard StandardError.isTerminal, now - start > Self.delay,
            shownAt.map({ now - $0 > Self.interval }) ?? true
        else {
            return
        }
        let text = LoadingText(snapshot.readers, elapsed: now - start)
        let hasColour = (ProcessInfo.processInfo.environment["NO_COLOR"] ?? "").isEmpty
        StandardError.write("\r\(text.line(hasColour: hasColour))\u{1B}[K")
        shownAt = now
    }

    /// Wipes the line.
    func end() {
        if shownAt != nil { StandardError.write("\r\u{1B}[K") }
    }
}

/// What the line says.
struct LoadingText: Equatable {
    private static let width = 24

    /// What is being done to packs: `packing`, `checking`, both, or nothing.
    let work: [LoadingProgress.Work]
    /// Bytes of packs in work that are done.
    let doneByteCount: Int
    /// Bytes of packs in work.
    let totalByteCount: Int
    /// Readers that serve.
    let readyCount: Int
    /// Readers.
    let readerCount: Int
    /// Since loading began.
    let elapsed: Duration

    /// Reads it off the readers' states.
    init(_ readers: [ReaderSnapshot], elapsed: Duration) {
        let loading = readers.compactMap(\.loading)
        work = [.packing, .checking].filter { kind in loading.contains { $0.work == kind } }
        doneByteCount = loading.reduce(0) { $0 + min($1.doneByteCount, $1.totalByteCount) }
        totalByteCount = loading.reduce(0) { $0 + $1.totalByteCount }
        readyCount = readers.count { $0.ready }
        readerCount = readers.count
        self.elapsed = elapsed
    }

    /// The bar, the numbers, the readers, and the seconds so far.
    func line(hasColour: Bool) -> String {
        let readers = "\(readyCount) of \(readerCount) readers ready, \(elapsed.components.seconds) s"
        guard totalByteCount > 0 else { return "starting workers, \(readers)" }
        let filled = Int(Double(doneByteCount) / Double(totalByteCount) * Double(Self.width))
        let done = String(repeating: "#", count: filled)
        let rest = String(repeating: ".", count: Self.width - filled)
        let bar = hasColour ? "\u{1B}[32m\(done)\u{1B}[0m\(rest)" : done + rest
        return "[\(bar)] \(work.map(\.rawValue).joined(separator: " and ")) \(doneByteCount >> 20) of "
            + "\(totalByteCount >> 20) MiB, \(readers)"
    }
}
