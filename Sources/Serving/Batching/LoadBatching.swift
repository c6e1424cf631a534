/// What a reader may hold shrinks as the machine is pressed: by other processes, or by other readers.
package struct LoadBatching: BatchingPolicy {
    /// How often the machine is looked at; a reader that waits for it asks again after this time.
    package static let pressureInterval: Duration = .seconds(1)

    /// Sequences a reader may hold however pressed the machine is, at least one.
    package var minBatch: Int
    /// Sequences a reader may hold on an idle machine; nil is what it can.
    package var maxBatch: Int?
    /// The pressures between which the batch shrinks, 0 to 1.
    package var pressures: ClosedRange<Double>

    /// Makes a policy.
    package init(minBatch: Int, maxBatch: Int?, pressures: ClosedRange<Double>) {
        self.minBatch = minBatch
        self.maxBatch = maxBatch
        self.pressures = pressures
    }

    /// The pressure is all it looks at.
    package var usesPressure: Bool { true }

    /// Whatever there is room for under the limit.
    package func decide(
        _ waiting: WaitingWork, _ room: ReaderRoom, at now: Duration
    ) -> BatchingDecision {
        let limited = shrunk(room)
        guard limited.freeCount > 0 else { return .wait(until: now + Self.pressureInterval) }
        return .take(min(waiting.count, limited.freeCount))
    }

    /// What is left of a room under its machine's pressure.
    func shrunk(_ room: ReaderRoom) -> ReaderRoom {
        let most = min(maxBatch ?? room.capacity, room.capacity)
        let least = min(minBatch, most)
        let span = pressures.upperBound - pressures.lowerBound
        let excess = room.pressure - pressures.lowerBound
        let share = span > 0 ? min(max(excess / span, 0), 1) : (excess >= 0 ? 1 : 0)
        return room.limited(to: most - Int((Double(most - least) * share).rounded()))
    }
}
