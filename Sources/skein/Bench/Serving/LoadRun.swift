import Foundation
import Platform
import Synchronization

/// How long a closed loop goes on after its warm-up.
enum LoadLength: Sendable {
    /// Until so many seconds are over.
    case seconds(Double)
    /// Until so many requests are answered.
    case requests(Int)
}

/// One run of a load against one server.
struct LoadRun: Sendable {
    /// How often memory is looked at.
    static let memoryPause = Duration.milliseconds(500)
    /// Requests of an open loop that may be on their way; those due beyond that are failures.
    static let onTheirWayCountMax = 20_000

    let client: LoadClient
    let calls: LoadCalls
    let meter: LoadMeter
    /// Whether the server's memory is looked at throughout, not only at the start and at the end.
    let samplesMemory: Bool

    /// Keeps `connectionCount` requests on their way, each sent when the one before it is answered. What is answered
    /// between the end of the warm-up and the end of the run counts, whenever it was sent.
    func closedLoop(connectionCount: Int, warmUpSeconds: Double, length: LoadLength) async throws {
        switch length {
        case .seconds(let seconds):
            try await closedLoop(connectionCount, Tickets(limit: nil)) { tickets in
                defer { tickets.end() }
                try await Task.sleep(for: .seconds(warmUpSeconds))
                try meter.open()
                try await Task.sleep(for: .seconds(seconds))
                try meter.close()
            }
        case .requests(let count):
            try await closedLoop(connectionCount, Tickets(limit: nil)) { tickets in
                defer { tickets.end() }
                try await Task.sleep(for: .seconds(warmUpSeconds))
            }
            try meter.open()
            try await closedLoop(connectionCount, Tickets(limit: count)) { _ in }
            try meter.close()
        }
    }

    private func closedLoop(
        _ connectionCount: Int, _ tickets: Tickets,
        timing: @escaping @Sendable (Tickets) async throws -> Void
    ) async throws {
        try await withMemorySamples {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<connectionCount {
                    group.addTask(executorPreference: client.executor) {
                        while let ticket = tickets.draw() {
                            let due = ContinuousClock.now
                            meter.add(await client.perform(calls[ticket]), due: due)
                        }
                    }
                }
                group.addTask { try await timing(tickets) }
                try await group.waitForAll()
            }
        }
    }

    /// Sends each request when it is due, whatever became of those before it. What is due after the warm-up counts,
    /// and its time runs from that moment, also if it could not be sent at once.
    func openLoop(_ schedule: ArrivalSchedule, warmUpSeconds: Double) async throws {
        try await withMemorySamples {
            let start = ContinuousClock.now
            let countedFrom = start + .seconds(warmUpSeconds)
            let done = DoneCount()
            try await withThrowingDiscardingTaskGroup { group in
                var isOpen = false
                for (number, offset) in schedule.offsets.enumerated() {
                    let due = start + .seconds(offset)
                    try await Task.sleep(until: due, clock: .continuous)
                    // Before the first request that counts is sent, so that its answer cannot come first.
                    if !isOpen, due >= countedFrom {
                        try meter.open()
                        isOpen = true
                    }
                    guard number - done.count < Self.onTheirWayCountMax else {
                        done.add()
                        if due >= countedFrom { meter.add(.failed("too many on their way"), due: due) }
                        continue
                    }
                    group.addTask(executorPreference: client.executor) {
                        let outcome = await client.perform(calls[number])
                        done.add()
                        if due >= countedFrom { meter.add(outcome, due: due) }
                    }
                }
                if !isOpen { try meter.open() }
            }
            try meter.close()
        }
    }

    /// Runs `body`, and looks at the server's memory meanwhile if that is wanted.
    private func withMemorySamples(_ body: @escaping @Sendable () async throws -> Void) async throws {
        guard samplesMemory else { return try await body() }
        try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask {
                try await body()
                return true
            }
            group.addTask {
                while !Task.isCancelled {
                    try meter.sampleMemory()
                    // Cut short by the end of the run, which is no failure.
                    try? await Task.sleep(for: Self.memoryPause)
                }
                return false
            }
            while try await group.next() == false {}
            group.cancelAll()
        }
    }
}

/// Numbers of a closed loop's requests; each is handed out once. A class because all connections draw from it.
private final class Tickets: Sendable {
    private let next = Atomic(0)
    private let limit: Atomic<Int>

    /// As many as `limit`, or until `end()`.
    init(limit: Int?) {
        self.limit = Atomic(limit ?? .max)
    }

    /// The next number, or nil when the run is over.
    func draw() -> Int? {
        let number = next.add(1, ordering: .relaxed).oldValue
        return number < limit.load(ordering: .relaxed) ? number : nil
    }

    /// Ends the run: what is on its way is still answered.
    func end() {
        limit.store(0, ordering: .relaxed)
    }
}

/// How many requests of an open loop are answered or given up. A class because all of them count into it.
private final class DoneCount: Sendable {
    private let value = Atomic(0)

    /// So many.
    var count: Int { value.load(ordering: .relaxed) }

    /// One more.
    func add() { value.add(1, ordering: .relaxed) }
}
