import CPlatform

/// A counter of the kernel that wakes a thread which polls (an eventfd).
final class EventDescriptor: Sendable {
    /// Readable between `signal` and `clear`.
    let descriptor: OwnedDescriptor

    init() throws(SystemError) {
        descriptor = OwnedDescriptor(adopting: try SystemError.check(skein_eventfd(), "eventfd"))
    }

    /// Makes the descriptor readable.
    func signal() {
        skein_eventfd_signal(descriptor.rawValue)
    }

    /// Makes it unreadable until the next signal.
    func clear() {
        skein_eventfd_clear(descriptor.rawValue)
    }
}
