import Serving

/// One random schedule of arrivals, cancels, deaths and drains before two readers whose batches last for a while. Time
/// jumps to the next moment at which something may happen, as it does for real readers: a reader asks when it holds
/// fewer, when something arrives, or when it was told to ask again.
struct BatchingSimulation {
    private struct Reader {
        let seat: ReaderSeat
        let capacity: Int
        var held: [(sequence: QueuedSequence, end: Duration)] = []
        var deferral: QueueState.Taken?
        var heldAtDeferral = 0
        var arrivalsAtDeferral = 0
    }

    private var generator: SeededGenerator
    private var queue: QueueState
    private var readers: [Reader]
    private var arrivals = 0
    private var streams: [TokenStream] = []
    private var handles: [RequestID: SequenceHandle] = [:]
    private var arrivalTimes: [RequestID: Duration] = [:]
    private(set) var ends: [RequestID: Int] = [:]
    private(set) var longestWait: Duration = .zero
    private var now: Duration = .zero

    init(seed: UInt64, policy: any BatchingPolicy) {
        var random = SeededGenerator(seed: seed)
        readers = ["a", "b"].map { name in
            Reader(seat: ReaderSeat(readerID: name), capacity: Int.random(in: 1...8, using: &random))
        }
        generator = random
        queue = QueueState(settings: settings(maxQueue: 200, maxQueueTokens: .max, batching: policy))
    }

    /// Sequences that arrived.
    var count: Int { handles.count }

    mutating func run() throws {
        for _ in 0..<Int.random(in: 20...80, using: &generator) {
            now += .milliseconds(Int.random(in: 0...40, using: &generator))
            settle()
            switch Int.random(in: 0..<10, using: &generator) {
            case ..<7: arrive()
            case 7: if let id = handles.keys.sorted().randomElement(using: &generator) { cancel(id) }
            default: giveBack(Int.random(in: 0..<2, using: &generator))
            }
        }
        var roundsLeft = 10_000
        while queue.depth > 0 || readers.contains(where: { !$0.held.isEmpty }) {
            settle()
            guard queue.depth > 0 || readers.contains(where: { !$0.held.isEmpty }) else { break }
            let times = readers.flatMap { reader in
                reader.held.map(\.end) + [reader.deferral?.askAgain].compactMap(\.self)
            }
            guard let next = times.filter({ $0 > now }).min() else {
                throw SimulationFault("\(queue.depth) sequences wait, and nothing will ever happen")
            }
            now = next
            roundsLeft -= 1
            if roundsLeft == 0 { throw SimulationFault("the schedule does not end") }
        }
    }

    private mutating func arrive() {
        var list: [QueuedSequence] = []
        for _ in 0..<Int.random(in: 1...6, using: &generator) {
            var (queued, stream) = sequence(
                UInt64(streams.count), promptCount: Int.random(in: 1...40, using: &generator),
                priority: Int.random(in: 0...9, using: &generator))
            if generator.happens(30) { queued.preferredReaders = [generator.happens(50) ? "a" : "b"] }
            streams.append(stream)
            handles[queued.request.id] = queued.handle
            arrivalTimes[queued.request.id] = now
            list.append(queued)
        }
        guard queue.missingPlaceCount(for: list.count) == 0 else {
            for sequence in list { handles[sequence.request.id] = nil }
            return
        }
        queue.enqueue(list, now: now)
        arrivals += 1
        settle()
    }

    private mutating func cancel(_ id: RequestID) {
        handles[id]?.cancel()
    }

    /// A reader dies or drains.
    private mutating func giveBack(_ index: Int) {
        let held = readers[index].held.map(\.sequence)
        readers[index].held = []
        _ = queue.requeue(held)
        arrivals += 1
        settle()
    }

    /// Lets both readers end what is done and ask, until neither has anything to ask.
    private mutating func settle() {
        for index in readers.indices { step(index) }
    }

    private mutating func step(_ index: Int) {
        var reader = readers[index]
        for entry in reader.held where entry.end <= now || entry.sequence.handle.isCancelled {
            ends[entry.sequence.request.id, default: 0] += 1
        }
        reader.held.removeAll { $0.end <= now || $0.sequence.handle.isCancelled }
        let free = reader.capacity - reader.held.count
        reader.seat.freeCount = free
        let isDeferred =
            reader.deferral.map { deferral in
                reader.heldAtDeferral == reader.held.count && reader.arrivalsAtDeferral == arrivals
                    && deferral.askAgain.map { $0 > now } ?? true
            } ?? false
        if free > 0, queue.depth > 0, !isDeferred {
            let pressure = Double.random(in: 0...1, using: &generator)
            var room = room(held: reader.held.count, free: free, pressure: pressure)
            room.seat = reader.seat
            let taken = queue.offer(to: room, at: now)
            for handle in taken.cancelled { ends[handle.requestID, default: 0] += 1 }
            for sequence in taken.sequences {
                if let arrival = arrivalTimes.removeValue(forKey: sequence.request.id) {
                    longestWait = max(longestWait, now - arrival)
                }
                let length = Duration.milliseconds(Int.random(in: 1...200, using: &generator))
                reader.held.append((sequence, now + length))
            }
            reader.deferral = taken.sequences.isEmpty && queue.depth > 0 ? taken : nil
            reader.heldAtDeferral = reader.held.count
            reader.arrivalsAtDeferral = arrivals
            reader.seat.freeCount = reader.capacity - reader.held.count
        }
        readers[index] = reader
    }
}
