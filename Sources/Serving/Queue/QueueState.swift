import DequeModule

/// The order of a consumer group's waiting sequences.
///
/// Bounds: `sequenceLimit` sequences and `tokenLimit` prompt tokens; requeued sequences may exceed both (a reader
/// holds at most max_batch_size of those). Order: a sequence's place is its arrival plus `agingInterval` per step of
/// priority, lower first. So a request of priority 9 that has waited 9 intervals longer goes before one of priority
/// 0: nothing starves. Equal priorities are first come, first served; requeued ones go to the front of their
/// priority, and one whose prefix a reader holds may let others pass for `affinityWait`. Every operation costs O(1)
/// a sequence.
package struct QueueState: Sendable {
    /// What `take` found.
    package struct Taken: Sendable {
        /// To be computed, best first.
        package var sequences: [QueuedSequence] = []
        /// Passed over because their clients are gone.
        package var cancelled: [SequenceHandle] = []
        /// When to ask again, if what waits is not for this reader now; nil: at the next arrival, or with more room.
        package var askAgain: Duration?
    }

    /// Sequences that one `take` passes over for other readers at most; the next one is taken.
    package static let passedOverCountMax = 64

    /// Places.
    package let sequenceLimit: Int
    /// Prompt tokens.
    package let tokenLimit: Int
    private let agingInterval: Duration
    private let affinityWait: Duration
    /// When readers take how many.
    private(set) var policy: any BatchingPolicy
    /// One line per priority, each in order of arrival.
    private var lines: [Deque<QueuedSequence>]
    private var counted = WaitingWork()
    /// `QueuedSequence.workTokenCount` of all that waits.
    package private(set) var workTokenCount = 0
    /// Readers that have asked, by name.
    private var seats: [String: ReaderSeat] = [:]

    /// An empty queue.
    package init(settings: ConsumerGroupSettings) {
        precondition(settings.maxQueue >= 1, "a queue of \(settings.maxQueue) places")
        sequenceLimit = settings.maxQueue
        tokenLimit = settings.maxQueueTokens
        agingInterval = settings.agingInterval
        affinityWait = settings.affinityWait
        policy = settings.batching
        lines = Array(repeating: Deque(), count: GenerationRequest.priorityMax + 1)
    }

    // MARK: Clients' side

    /// Places that `count` more sequences lack, 0 if they fit.
    package func missingPlaceCount(for count: Int) -> Int { max(0, depth + count - sequenceLimit) }

    /// Prompt tokens that `count` more are too many, 0 if they fit.
    package func missingTokenCount(for count: Int) -> Int {
        max(0, counted.promptTokenCount + count - tokenLimit)
    }

    /// Adds all of `sequences`, which must fit, with arrival `now`.
    package mutating func enqueue(_ sequences: [QueuedSequence], now: Duration) {
        precondition(missingPlaceCount(for: sequences.count) == 0, "the queue is full")
        for var sequence in sequences {
            sequence.arrival = now
            sequence.handle.timeline.noteQueued(
                position: position(ofPriority: sequence.request.priority, now))
            count(sequence, 1)
            lines[sequence.request.priority].append(sequence)
        }
        if !sequences.isEmpty { policy.noteArrivals(sequences.count, at: now) }
    }

    /// Puts sequences that a reader gave back before all others of their priority, in the order given.
    /// Returns those that killed a reader while alone, which must be failed.
    package mutating func requeue(_ sequences: [QueuedSequence]) -> [QueuedSequence] {
        for var sequence in sequences.reversed() where !sequence.isPoison {
            // The reader that held its prefix may be the one that died.
            sequence.preferredReaders = []
            count(sequence, 1)
            lines[sequence.request.priority].prepend(sequence)
        }
        return sequences.filter(\.isPoison)
    }

    // MARK: Readers' side

    /// Hands a reader what the group's policy gives it now. `count` of `room` is at least 1.
    package mutating func offer(to room: ReaderRoom, at now: Duration) -> Taken {
        let seat = room.seat
        if seats[seat.readerID] !== seat { seats[seat.readerID] = seat }
        guard depth > 0, room.freeCount > 0 else { return Taken() }
        guard room.mayWait else { return take(upTo: room.freeCount) }
        switch policy.decide(waiting, room, at: now) {
        case .take(let count): return take(upTo: min(count, room.freeCount), for: seat, at: now)
        case .wait(let end): return Taken(askAgain: end)
        }
    }

    /// Takes up to `count` of the best sequences for nobody in particular. A sequence that must run alone comes by
    /// itself.
    package mutating func take(upTo count: Int) -> Taken { take(upTo: count, for: nil, at: .zero) }

    private mutating func take(upTo count: Int, for seat: ReaderSeat?, at now: Duration) -> Taken {
        var taken = Taken()
        var passing = Passing(seats: seats, seat: seat, now: now, affinityWait: affinityWait)
        var cursors = [Int](repeating: 0, count: lines.count)
        while taken.sequences.count < count, let line = bestLine(from: cursors) {
            let sequence = lines[line][cursors[line]]
            if sequence.handle.isCancelled {
                taken.cancelled.append(sequence.handle)
            } else if sequence.runsAlone && !taken.sequences.isEmpty {
                break
            } else if passing.passesOver(sequence) {
                cursors[line] += 1
                continue
            } else {
                taken.sequences.append(sequence)
            }
            lines[line].remove(at: cursors[line])
            self.count(sequence, -1)
            if sequence.runsAlone && !taken.sequences.isEmpty { break }
        }
        if taken.sequences.isEmpty { taken.askAgain = passing.end }
        return taken
    }

    /// A reader is gone for good.
    package mutating func forget(_ readerID: String) { seats[readerID] = nil }

    // MARK: Both

    /// Removes the sequences whose clients are gone. O(depth): done only where a list would be refused
    /// otherwise.
    package mutating func removeCancelled() -> [SequenceHandle] {
        var removed: [QueuedSequence] = []
        for priority in lines.indices {
            lines[priority].removeAll { sequence in
                guard sequence.handle.isCancelled else { return false }
                removed.append(sequence)
                return true
            }
        }
        for sequence in removed { count(sequence, -1) }
        return removed.map(\.handle)
    }

    /// Empties the queue.
    package mutating func removeAll() -> [QueuedSequence] {
        let all = lines.flatMap { $0 }
        for priority in lines.indices { lines[priority].removeAll() }
        counted = WaitingWork()
        workTokenCount = 0
        return all
    }

    /// Sequences waiting.
    package var depth: Int { counted.count }

    /// All that waits, as policies see it.
    package var waiting: WaitingWork {
        var waiting = counted
        // Lines are in order of arrival but for what let others pass, which is older by affinityWait at most.
        waiting.oldestArrival = lines.lazy.compactMap { $0.first?.arrival }.min() ?? .zero
        return waiting
    }

    /// When the longest-waiting sequence of each priority arrived.
    package var oldestArrivals: [Duration?] { lines.map { line in line.lazy.map(\.arrival).min() } }

    /// When the longest-waiting sequence arrived.
    package var oldestArrival: Duration? { oldestArrivals.compactMap(\.self).min() }

    /// How many of those that wait go before a sequence of this priority that arrives now: all of its own and of more
    /// urgent ones, and of the others those that have waited long enough.
    private func position(ofPriority priority: Int, _ now: Duration) -> Int {
        var position = counted.count(upTo: priority)
        for line in lines.indices.dropFirst(priority + 1) where !lines[line].isEmpty {
            let place = now - agingInterval * (line - priority)
            position += lines[line].prefix { $0.arrival < place }.count
        }
        return position
    }

    /// The line whose sequence at its cursor has the best place.
    private func bestLine(from cursors: [Int]) -> Int? {
        var best: (line: Int, place: Duration)?
        for (line, sequences) in lines.enumerated() where cursors[line] < sequences.count {
            let place = sequences[cursors[line]].arrival + agingInterval * line
            if best.map({ place < $0.place }) ?? true { best = (line, place) }
        }
        return best?.line
    }

    private mutating func count(_ sequence: QueuedSequence, _ sign: Int) {
        counted.change(by: sign, sequence.request)
        workTokenCount += sign * sequence.workTokenCount
    }
}
