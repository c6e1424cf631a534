/// How a reader is told to end. Times are the controller's monotonic clock.
enum StopOrder: Equatable, Sendable {
    /// DELETE: takes nothing more, finishes what it has until the deadline, gives the rest back to the queue.
    case remove(deadline: Duration)
    /// SIGTERM: goes on with the queue, too, until it is empty or the deadline comes.
    case drain(deadline: Duration)
    /// A second SIGTERM, or the fleet's task was cancelled: ends its workers in mid-step.
    case now

    /// What holds when `other` is ordered, too: the stricter of the two, and the earlier deadline. So a
    /// second DELETE gives no more time than the first one, and a reader that is removed takes nothing even
    /// in a drain.
    func combined(with other: StopOrder) -> StopOrder {
        switch (self, other) {
        case (.now, _), (_, .now): .now
        case (.drain(let first), .drain(let second)): .drain(deadline: min(first, second))
        case (.remove(let first), .remove(let second)), (.remove(let first), .drain(let second)),
            (.drain(let first), .remove(let second)):
            .remove(deadline: min(first, second))
        }
    }

    /// Whether the reader may still take sequences from the queue.
    var allowsTaking: Bool {
        if case .drain = self { return true }
        return false
    }

    /// Whether the time to finish is over.
    func isOver(at time: Duration) -> Bool {
        switch self {
        case .remove(let deadline), .drain(let deadline): time >= deadline
        case .now: true
        }
    }
}
