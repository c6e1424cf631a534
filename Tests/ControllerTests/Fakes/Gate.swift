import Foundation

/// Lets worker threads through when the test says so. A class with a condition: threads block on it.
final class Gate: @unchecked Sendable {
    // Everything below is touched only while `condition` is locked.
    private let condition = NSCondition()
    private var isOpen: Bool
    private var permits = 0

    init(isOpen: Bool) {
        self.isOpen = isOpen
    }

    /// Blocks until there is a permit, or the gate is open, or `isOver` says so after a `wake`.
    func pass(unless isOver: () -> Bool) {
        condition.lock()
        defer { condition.unlock() }
        while !isOpen && permits == 0 && !isOver() { condition.wait() }
        if !isOpen && permits > 0 { permits -= 1 }
    }

    /// Lets `count` passages through.
    func permit(_ count: Int = 1) {
        condition.withLock { permits += count }
        wake()
    }

    /// Lets everybody through from now on.
    func open() {
        condition.withLock { isOpen = true }
        wake()
    }

    /// Stops letting through.
    func close() {
        condition.withLock { isOpen = false }
    }

    /// Lets those who wait look again whether it is over.
    func wake() {
        condition.withLock { condition.broadcast() }
    }
}
