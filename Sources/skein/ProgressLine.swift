import Controller

/// One line on a terminal that says how far loading is; silent where stderr is no terminal.
///
/// Shown once loading has taken a second, rewritten in place, and wiped at the end. NO_COLOR is honoured by using no
/// colour at all.
struct ProgressLine {
    private static let delay = Duration.seconds(1)
    private static let interval = Duration.milliseconds(100)
    private static let width = 24
    private let start = ContinuousClock.now
    private var shownAt: ContinuousClock.Instant?

    /// Shows how much of the packs has been read and how many readers serve.
    mutating func show(_ snapshot: FleetSnapshot) {
        let now = ContinuousClock.now
        guard StandardError.isTerminal, now - start > Self.delay,
            shownAt.map({ now - $0 > Self.interval }) ?? true
        else {
            return
        }
        let readers = snapshot.readers
        let readyCount = readers.count { $0.ready }
        let byteCount = readers.flatMap(\.workers).reduce(0) { $0 + $1.bytesRead }
        let share = min(1, Double(byteCount) / Double(max(1, snapshot.packByteCount)))
        let filled = Int(share * Double(Self.width))
        let bar = String(repeating: "#", count: filled) + String(repeating: ".", count: Self.width - filled)
        StandardError.write(
            "\r[\(bar)] \(byteCount >> 20) of \(snapshot.packByteCount >> 20) MiB, \(readyCount) of "
                + "\(readers.count) readers ready ")
        shownAt = now
    }

    /// Wipes the line.
    func end() {
        if shownAt != nil { StandardError.write("\r\u{1B}[K") }
    }
}
