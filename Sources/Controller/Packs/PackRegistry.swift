/// Decides who builds a pack, who waits for it and when it goes (design 6).
///
/// A pack is built by exactly one reader while all others wait; it is sealed, or discarded when its builder
/// is gone, and then the longest waiting reader builds. Holds names only; `PackStore` owns the memory.
struct PackRegistry: Equatable, Sendable {
    /// What the store is to do, in this order.
    enum Action: Equatable, Sendable {
        /// Make an empty pack and let this reader write it.
        case build(PackKey, ReaderID)
        /// Give this reader the sealed pack.
        case map(PackKey, ReaderID)
        /// Throw away the half-written pack.
        case discard(PackKey)
        /// Nobody uses the sealed pack any more.
        case free(PackKey)
    }

    private enum State: Equatable {
        /// One reader writes it. Goes to sealed, or is discarded.
        case building(ReaderID)
        /// Its bytes are final. Goes to lost.
        case sealed
        /// Its bytes cannot be had any more. Goes to building.
        case lost
    }

    private struct Entry: Equatable {
        var state: State
        /// Longest waiting first; bounded by the number of readers.
        var waiting: [ReaderID] = []
        /// Readers that have asked and were not released, dead or alive.
        var users: Set<ReaderID> = []
    }

    private var entries: [PackKey: Entry] = [:]

    /// Packs that exist or are being written.
    var keys: Set<PackKey> { Set(entries.keys) }

    /// A reader asks for a pack; without an action it has to wait.
    mutating func request(_ key: PackKey, by reader: ReaderID) -> [Action] {
        guard var entry = entries[key] else {
            entries[key] = Entry(state: .building(reader), users: [reader])
            return [.build(key, reader)]
        }
        entry.users.insert(reader)
        defer { entries[key] = entry }
        switch entry.state {
        case .sealed: return [.map(key, reader)]
        case .lost:
            entry.state = .building(reader)
            return [.build(key, reader)]
        case .building: break
        }
        precondition(entry.state != .building(reader), "reader \(reader) asks for a pack that it is building")
        if !entry.waiting.contains(reader) { entry.waiting.append(reader) }
        return []
    }

    /// The builder's ranks have all reported and unmapped: the pack was sealed, whoever waits may map it.
    mutating func seal(by reader: ReaderID) -> [Action] {
        guard let key = keyBuilt(by: reader), var entry = entries[key] else { return [] }
        entry.state = .sealed
        let waiting = entry.waiting
        entry.waiting = []
        entries[key] = entry
        return ([reader] + waiting).map { .map(key, $0) }
    }

    /// A sealed pack turned out to be unreadable: whoever asks for it next builds it.
    mutating func condemn(_ key: PackKey) -> [Action] {
        guard entries[key]?.state == .sealed else { return [] }
        entries[key]?.state = .lost
        return [.free(key)]
    }

    /// The reader's workers are gone, or it waits no longer; it stays a user and may ask again.
    mutating func withdraw(_ reader: ReaderID) -> [Action] {
        for key in entries.keys { entries[key]?.waiting.removeAll { $0 == reader } }
        guard let key = keyBuilt(by: reader), var entry = entries[key] else { return [] }
        guard let next = entry.waiting.first else {
            entries[key] = nil
            return [.discard(key)]
        }
        entry.waiting.removeFirst()
        entry.state = .building(next)
        entries[key] = entry
        return [.discard(key), .build(key, next)]
    }

    /// The reader is gone for good: it uses nothing any more.
    mutating func release(_ reader: ReaderID) -> [Action] {
        var actions = withdraw(reader)
        for (key, var entry) in entries where entry.users.remove(reader) != nil {
            entries[key] = entry
            guard entry.users.isEmpty else { continue }
            switch entry.state {
            case .building: continue
            case .sealed: actions.append(.free(key))
            case .lost: break
            }
            entries[key] = nil
        }
        return actions
    }

    private func keyBuilt(by reader: ReaderID) -> PackKey? {
        entries.first { $0.value.state == .building(reader) }?.key
    }
}
