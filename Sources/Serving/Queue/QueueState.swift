import DequeModule

/// The order of a consumer group's waiting sequences.
///
/// Bound: `limit` sequences, requeued ones not counted (a reader holds at most max_batch_size of those).
/// Order: a sequence's place is its arrival plus `agingInterval` per step of priority, lower first. So a
/// request of priority 9 that has waited 9 intervals longer goes before one of priority 0: nothing starves.
/// Equal priorities are first come, first served; requeued ones go to the front of their priority. Every
/// operation costs O(1) a sequence.
package struct QueueState: Sendable {
    /// What `take` found.
    package struct Taken: Sendable {
        /// To be computed, best first.
        package var sequences: [QueuedSequence] = []
        /// Passed over because their clients are gone.
        package var cancelled: [SequenceHandle] = []
    }

    /// Places.
    package let limit: Int
    private let agingInterval: Duration
    /// One line per priority, each in order of arrival.
    private var lines: [Deque<QueuedSequence>]
    /// Sequences waiting.
    package private(set) var depth = 0

    /// An empty queue.
    package init(limit: Int, agingInterval: Duration) {
        precondition(limit >= 1, "a queue of \(limit) places")
        self.limit = limit
        self.agingInterval = agingInterval
        lines = Array(repeating: Deque(), count: GenerationRequest.priorityMax + 1)
    }

    /// Places that `count` more sequences lack, 0 if they fit.
    package func missingPlaceCount(for count: Int) -> Int { max(0, depth + count - limit) }

    /// Adds all of `sequences`, which must fit, with arrival `now`.
    package mutating func enqueue(_ sequences: [QueuedSequence], now: Duration) {
        precondition(missingPlaceCount(for: sequences.count) == 0, "the queue is full")
        for var sequence in sequences {
            sequence.arrival = now
            lines[sequence.request.priority].append(sequence)
        }
        depth += sequences.count
    }

    /// Puts sequences that a reader gave back before all others of their priority, in the order given.
    /// Returns those that killed a reader while alone, which must be failed.
    package mutating func requeue(_ sequences: [QueuedSequence]) -> [QueuedSequence] {
        for sequence in sequences.reversed() where !sequence.isPoison {
            lines[sequence.request.priority].prepend(sequence)
            depth += 1
        }
        return sequences.filter(\.isPoison)
    }

    /// Takes the best sequences. One that runs alone ends the batch: it is taken first and by itself, or
    /// left.
    package mutating func take(upTo count: Int) -> Taken {
        var taken = Taken()
        while taken.sequences.count < count, let priority = bestLine() {
            guard let sequence = lines[priority].first else { break }
            if sequence.handle.isCancelled {
                taken.cancelled.append(sequence.handle)
            } else if sequence.runsAlone && !taken.sequences.isEmpty {
                break
            } else {
                taken.sequences.append(sequence)
            }
            lines[priority].removeFirst()
            depth -= 1
            if sequence.runsAlone && !taken.sequences.isEmpty { break }
        }
        return taken
    }

    /// Removes the sequences whose clients are gone. O(depth): done only where a list would be refused
    /// otherwise.
    package mutating func removeCancelled() -> [SequenceHandle] {
        var removed: [SequenceHandle] = []
        for priority in lines.indices {
            lines[priority].removeAll { sequence in
                guard sequence.handle.isCancelled else { return false }
                removed.append(sequence.handle)
                return true
            }
        }
        depth -= removed.count
        return removed
    }

    /// Empties the queue.
    package mutating func removeAll() -> [QueuedSequence] {
        let all = lines.flatMap { $0 }
        for priority in lines.indices { lines[priority].removeAll() }
        depth = 0
        return all
    }

    /// When the longest-waiting sequence arrived.
    package var oldestArrival: Duration? {
        lines.compactMap { line in line.lazy.map(\.arrival).min() }.min()
    }

    /// The line whose first sequence has the best place.
    private func bestLine() -> Int? {
        var best: (line: Int, place: Duration)?
        for (line, sequences) in lines.enumerated() {
            guard let first = sequences.first else { continue }
            let place = first.arrival + agingInterval * line
            if best.map({ place < $0.place }) ?? true { best = (line, place) }
        }
        return best?.line
    }
}
