import Synchronization

/// Which readers of a consumer group hold which blocks in their prefix caches.
///
/// Written by every reader once a step, read at admission. Bound: the blocks of all readers together.
package final class PrefixDirectory: Sendable {
    private let holders = Mutex<[BlockKey: [String]]>([:])

    /// Nobody holds anything.
    package init() {}

    /// Takes in what a reader learned and forgot.
    package func update(_ reader: String, _ changes: PrefixChanges) {
        guard !changes.isEmpty else { return }
        holders.withLock { holders in
            for key in changes.added where !(holders[key]?.contains(reader) ?? false) {
                holders[key, default: []].append(reader)
            }
            for key in changes.removed { holders.remove(reader, from: key) }
        }
    }

    /// Forgets all of a reader: its workers are gone.
    package func forget(_ reader: String) {
        holders.withLock { holders in
            for key in Array(holders.keys) { holders.remove(reader, from: key) }
        }
    }

    /// The readers that hold most of the prompt's first full blocks; none if nobody holds the first one.
    package func readers(holding promptIDs: [Int32]) -> [String] {
        var best: [String] = []
        holders.withLock { holders in
            var key = BlockKey.root
            var start = 0
            while start + SchedulerLimits.blockSize < promptIDs.count {
                key = key.next(promptIDs[start..<start + SchedulerLimits.blockSize])
                guard let found = holders[key] else { return }
                let held = best.isEmpty ? found : found.filter(best.contains)
                if held.isEmpty { return }
                best = held
                start += SchedulerLimits.blockSize
            }
        }
        return best
    }
}

extension [BlockKey: [String]] {
    fileprivate mutating func remove(_ reader: String, from key: BlockKey) {
        self[key]?.removeAll { $0 == reader }
        if self[key]?.isEmpty ?? false { self[key] = nil }
    }
}
