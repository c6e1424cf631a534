import Metrics
import Synchronization

/// When things happened to one sequence, from its admission to its end, over all readers that held it.
///
/// A class because the client's side reads what the readers' side writes. At any time one owner writes: the
/// queue, or the one reader that holds the sequence; all fields are atomic, so recording never waits. What it
/// notes also goes into its consumer group's metrics.
package final class SequenceTimeline: Sendable {
    /// How a sequence ended; the raw value is the `reason` label's and the access log's word.
    package enum Ending: String, CaseIterable, Equatable, Sendable {
        /// See `FinishReason`.
        case length
        /// See `FinishReason`.
        case endOfText = "end_of_text"
        /// It drew a stop id, or its text reached a stop string.
        case stopped = "stop"
        /// Its answer will not be completed.
        case failed
        /// Its client went.
        case cancelled

        init(_ reason: FinishReason) {
            switch reason {
            case .length: self = .length
            case .endOfText: self = .endOfText
            case .stopToken: self = .stopped
            }
        }
    }

    /// Nanoseconds that stand for "not yet".
    private static let never: Int64 = -1

    private let clock: ServingClock?
    private let metrics: GroupMetrics?
    /// When it was admitted.
    private let arrival: Int64
    private let position = Atomic(-1)
    private let takenAt = Atomic(SequenceTimeline.never)
    private let firstTokenAt = Atomic(SequenceTimeline.never)
    private let lastTokenAt = Atomic(SequenceTimeline.never)
    private let tokens = Atomic(0)
    private let requeues = Atomic(0)
    /// Index in `Ending.allCases`; -1 while it goes on.
    private let ending = Atomic(-1)

    /// Begins now. Without a clock, events are counted but not timed.
    package init(clock: ServingClock? = nil, metrics: GroupMetrics? = nil) {
        self.clock = clock
        self.metrics = metrics
        arrival = clock?.now().wholeNanoseconds ?? 0
    }

    // MARK: The writing side

    /// It is in the queue, with so many sequences to be taken before it.
    func noteQueued(position: Int) {
        self.position.store(position, ordering: .relaxed)
        metrics?.queuePosition.record(position)
    }

    /// A reader has taken the sequence out of the queue; the first time ends the wait.
    package func noteTaken() {
        guard let now = now(), takenAt.load(ordering: .relaxed) == Self.never else { return }
        takenAt.store(now, ordering: .relaxed)
        metrics?.queueWait.recordNanoseconds(now - arrival)
    }

    /// A reader has given the sequence back to the queue.
    package func noteRequeued() { requeues.add(1, ordering: .relaxed) }

    /// An event is about to be handed to the client.
    func note(_ event: TokenEvent) {
        if case .token = event { noteToken() }
        if case .hypotheses(let answers) = event {
            noteTokensAtOnce(answers.reduce(0) { $0 + $1.tokens.count - ($1.endsByID ? 1 : 0) })
        }
        if case .finished(let reason) = event { end(Ending(reason)) }
        if case .failed = event { end(.failed) }
    }

    /// Its text has reached a stop string. The client's side notes it: nobody else knows of texts.
    func noteStopped() { end(.stopped) }

    /// The client is gone.
    func noteCancelled() { end(.cancelled) }

    private func noteToken() {
        tokens.add(1, ordering: .relaxed)
        metrics?.generatedTokens.increment()
        guard let now = now() else { return }
        let last = lastTokenAt.exchange(now, ordering: .relaxed)
        if last == Self.never {
            firstTokenAt.store(now, ordering: .relaxed)
            metrics?.timeToFirstToken.recordNanoseconds(now - arrival)
        } else {
            metrics?.interToken.recordNanoseconds(now - last)
        }
    }

    /// A beam's texts come as a whole.
    private func noteTokensAtOnce(_ count: Int) {
        tokens.add(count, ordering: .relaxed)
        metrics?.generatedTokens.increment(by: count)
        guard let now = now() else { return }
        firstTokenAt.store(now, ordering: .relaxed)
        lastTokenAt.store(now, ordering: .relaxed)
        metrics?.timeToFirstToken.recordNanoseconds(now - arrival)
    }

    private func end(_ how: Ending) {
        guard let index = Ending.allCases.firstIndex(of: how),
            ending.compareExchange(expected: -1, desired: index, ordering: .relaxed).exchanged
        else { return }
        guard let metrics else { return }
        metrics.endings[index].increment()
        let count = tokens.load(ordering: .relaxed)
        metrics.generatedLength.record(count)
        let first = firstTokenAt.load(ordering: .relaxed)
        guard count > 1, first != Self.never else { return }
        let span = lastTokenAt.load(ordering: .relaxed) - first
        guard span > 0 else { return }
        metrics.timePerOutputToken.recordNanoseconds(span / Int64(count - 1))
    }

    private func now() -> Int64? { clock?.now().wholeNanoseconds }

    // MARK: The reading side

    /// Tokens handed to the client.
    package var tokenCount: Int { tokens.load(ordering: .relaxed) }

    /// Sequences that were to be taken before it when it was admitted; nil before that.
    package var queuePosition: Int? {
        let position = position.load(ordering: .relaxed)
        return position < 0 ? nil : position
    }

    /// How often a reader gave it back to the queue.
    package var requeueCount: Int { requeues.load(ordering: .relaxed) }

    /// How it ended; nil while it goes on.
    package var end: Ending? {
        let index = ending.load(ordering: .relaxed)
        return index < 0 ? nil : Ending.allCases[index]
    }

    /// From its admission until a reader took it; nil if none has, or without a clock.
    package var queueTime: Duration? { span(to: takenAt.load(ordering: .relaxed)) }

    /// From its admission to its first token; nil before that, or without a clock.
    package var timeToFirstToken: Duration? { span(to: firstTokenAt.load(ordering: .relaxed)) }

    private func span(to time: Int64) -> Duration? {
        time == Self.never ? nil : .nanoseconds(time - arrival)
    }
}
