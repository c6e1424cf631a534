import Foundation
import Platform
import Testing

@Suite(.timeLimit(.minutes(5))) struct SupervisorTests {
    private let spawner = ProcessSpawner()
    private let supervisor: Supervisor

    init() throws { supervisor = try Supervisor() }

    /// A reader of shells, one script a rank, and what the supervisor says about it.
    private struct Watched {
        let page: ControlPage
        let processes: [SpawnedProcess]
        let channels: [FrameChannel]
        let id: SupervisionID
        var events: AsyncStream<SupervisionEvent>.Iterator

        /// The events from here to the last one.
        mutating func rest() async -> [SupervisionEvent] {
            var all: [SupervisionEvent] = []
            while let event = await events.next() { all.append(event) }
            return all
        }

        /// Whether every process is reaped: then its number means nothing.
        var isReaped: Bool { processes.allSatisfy { kill($0.pid, 0) == -1 && errno == ESRCH } }
    }

    private func watch(_ scripts: [String], onPage: (ControlPage) -> Void = { _ in }) async throws -> Watched
    {
        let page = try ControlPage(rankCount: scripts.count)
        onPage(page)
        var processes: [SpawnedProcess] = []
        var channels: [FrameChannel] = []
        for script in scripts {
            let (near, far) = try SocketPair.make()
            processes.append(
                try await spawner.spawn(
                    executable: "/bin/sh", arguments: ["-c", script], environment: ["PATH": "/usr/bin:/bin"],
                    controlSocket: far))
            channels.append(FrameChannel(adopting: near))
        }
        let (stream, continuation) = AsyncStream.makeStream(of: SupervisionEvent.self)
        let reader = SupervisedReader(controlPage: page, processes: processes) { event in
            continuation.yield(event)
            if case .standardErrorLine = event { return }
            continuation.finish()
        }
        return Watched(
            page: page, processes: processes, channels: channels, id: supervisor.register(reader),
            events: stream.makeAsyncIterator())
    }

    /// Waits on descriptor 3 until the test closes or is done.
    private let waits = "read line <&3"

    @Test("When one rank exits, the others are killed, all are reaped, and the death is reported once")
    func exit() async throws {
        var reader = try await watch([waits, "echo one >&2; printf two >&2; exit 7", waits])
        #expect(
            await reader.rest() == [
                .standardErrorLine(rank: 1, line: "one"), .standardErrorLine(rank: 1, line: "two"),
                .died(.exited(rank: 1, status: .exited(code: 7))),
            ])
        #expect(reader.isReaped)
        #expect(reader.page.isAborted)
    }

    @Test("A rank that exits with code 0 unasked is a death, too")
    func quietExit() async throws {
        var reader = try await watch(["exit 0", waits])
        #expect(await reader.rest() == [.died(.exited(rank: 0, status: .exited(code: 0)))])
    }

    @Test("A rank that someone kills is reported with the signal")
    func killed() async throws {
        var reader = try await watch([waits, waits])
        kill(reader.processes[1].pid, SIGKILL)
        #expect(await reader.rest() == [.died(.exited(rank: 1, status: .killed(signal: SIGKILL)))])
        #expect(reader.isReaped)
    }

    @Test("Ranks that were told to shut down end without a death")
    func orderly() async throws {
        var reader = try await watch(["read line <&3; exit 0", "read line <&3; exit 0"])
        supervisor.expectExit(reader.id)
        for channel in reader.channels { channel.shutDown() }
        #expect(await reader.rest() == [.ended([.exited(code: 0), .exited(code: 0)])])
        #expect(reader.isReaped && !reader.page.isAborted)
    }

    @Test("A failure while shutting down is a death")
    func failedShutdown() async throws {
        var reader = try await watch([waits, "read line <&3; exit 3"])
        supervisor.expectExit(reader.id)
        reader.channels[1].shutDown()
        #expect(await reader.rest() == [.died(.exited(rank: 1, status: .exited(code: 3)))])
    }

    @Test(
        "Killing a reader ends it: a death, or the expected end after expectExit", arguments: [false, true])
    func killing(isExpected: Bool) async throws {
        var reader = try await watch([waits, "sleep 1000 & \(waits)"])
        if isExpected { supervisor.expectExit(reader.id) }
        supervisor.kill(reader.id)
        supervisor.kill(reader.id)
        let statuses = [ProcessExit.killed(signal: SIGKILL), .killed(signal: SIGKILL)]
        #expect(await reader.rest() == [isExpected ? .ended(statuses) : .died(.killed)])
        #expect(reader.isReaped)
        // What the rank had started held descriptor 3, too.
        #expect(try reader.channels[1].nextPayload() == nil)
    }

    @Test("A rank that stands still is killed and named with its place")
    func stall() async throws {
        var reader = try await watch([waits, waits]) { page in
            page.rank(0).enter(.waiting)
            page.rank(1).begin(step: 12)
            page.rank(1).approach(layer: 3, gather: 2)
            page.rank(1).enter(.computing)
        }
        supervisor.setPhase(.serving, of: reader.id)
        var expected = reader.page.snapshots()[1]
        expected.layer = 3
        #expect(await reader.rest() == [.died(.stalled(rank: 1, snapshot: expected))])
        #expect(expected.step == 12 && expected.gather == 2)
        #expect(reader.isReaped && reader.page.isAborted)
    }

    @Test("A reader of which no process could be started ends at once")
    func empty() async throws {
        let (stream, continuation) = AsyncStream.makeStream(of: SupervisionEvent.self)
        let page = try ControlPage(rankCount: 1)
        let reader = SupervisedReader(controlPage: page, processes: []) { event in
            continuation.yield(event)
            continuation.finish()
        }
        _ = supervisor.register(reader)
        var events = stream.makeAsyncIterator()
        #expect(await events.next() == .ended([]))
    }

    @Test("Lines longer than the limit are cut")
    func longLine() async throws {
        var reader = try await watch(["head -c 20000 /dev/zero | tr '\\0' x >&2; echo >&2; exit 1"])
        let limit = LineSplitter.byteCountMax
        #expect(
            await reader.rest().first
                == .standardErrorLine(rank: 0, line: String(repeating: "x", count: limit) + " [cut]"))
    }
}
