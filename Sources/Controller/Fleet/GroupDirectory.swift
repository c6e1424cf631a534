import Serving
import Synchronization

/// The consumer groups by name, for those who cannot wait for the fleet: an event loop looks here for each request.
///
/// A class because it is shared: the fleet writes when a group comes, goes or gets its model.
final class GroupDirectory: Sendable {
    /// By name; nil while none of the group's readers has brought a model.
    private let groups = Mutex<[String: ServedGroup?]>([:])

    /// The group of this name that has a model.
    subscript(name: String) -> ServedGroup? { groups.withLock { $0[name] ?? nil } }

    /// Names of all groups, sorted.
    var names: [String] { groups.withLock { $0.keys.sorted() } }

    /// Replaces everything.
    func replace(with new: [String: ServedGroup?]) { groups.withLock { $0 = new } }
}
