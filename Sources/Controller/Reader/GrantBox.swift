import Synchronization

/// Carries one grant out of the task that waits for it. A class because two tasks share it, one after the other.
final class GrantBox: Sendable {
    private let grant = Mutex<PackGrant?>(nil)

    /// Puts a grant in.
    func put(_ value: PackGrant) { grant.withLock { $0 = value } }

    /// Takes it out.
    func take() -> PackGrant? {
        grant.withLock { grant in
            defer { grant = nil }
            return grant
        }
    }
}
