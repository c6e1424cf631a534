import Foundation
import Logging
import Metrics
import Serving
import Synchronization
import TestSupport
import Testing
import Topology
import WorkerMessages

@testable import Controller
@testable import Platform

/// A fleet over fake workers and fake models, in a folder of its own.
struct FleetHarness: Sendable {
    let folder: TemporaryFolder
    let log = TestLog()
    let launcher: FakeLauncher
    let fleet: Fleet

    /// Four processors without a quota; memory as asked.
    static func machine(cores: Int = 4) -> Machine {
        Machine(
            cores: (0..<cores).map { Machine.Core(processors: [$0], node: 0) }, processorQuota: nil,
            memory: MachineMemory(
                totalByteCount: 1 << 34, machineAvailableByteCount: 1 << 33,
                controlGroup: ControlGroup()))
    }

    /// Models `red` and `blue` exist in the folder, `red` also under `Models`, the default root. `yaml` is
    /// the topology.
    init(
        _ yaml: String, inspector: FakeInspector = FakeInspector(), availableByteCount: Int = 1 << 33,
        calibrationLimit: Duration = .zero,
        clock: ServingClock = ServingClock(ContinuousClock()), launcher: FakeLauncher = FakeLauncher(),
        metrics: any MetricsFactory = NOOPMetricsHandler.instance
    ) throws {
        folder = try TemporaryFolder()
        self.launcher = launcher
        for (name, words) in [
            ("red", "red"), ("blue", "blue"), ("Models/red", "red"), ("Models/blue", "blue"),
        ] {
            try FakeModel.write(to: folder.url.appending(path: name), words: words)
        }
        let topology = try TopologyFile.parse(
            yaml: yaml, path: "test.yaml", directory: folder.url, workingDirectory: folder.url,
            environment: [:], overrides: CommandLineOverrides())
        let counter = Mutex<UInt64>(0xA0)
        var configuration = FleetConfiguration(
            topology: topology, machine: Self.machine(), availableByteCount: { availableByteCount },
            inspector: inspector, launcher: launcher, clock: clock,
            randomNumber: {
                counter.withLock { number in
                    number += 1
                    return number
                }
            }, logger: log.logger, metrics: metrics, machinePressure: { 0 })
        configuration.calibrationLimit = calibrationLimit
        fleet = Fleet(configuration)
    }

    /// Starts the fleet, runs `body`, drains, and makes sure that the workers saw no broken rule and nothing
    /// is left.
    func run(_ body: @Sendable (Fleet) async throws -> Void) async throws {
        try await fleet.start()
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { await fleet.run() }
            try await body(fleet)
            launcher.stepGate.open()
            launcher.buildGate.open()
            await fleet.drain()
            try await tasks.waitForAll()
        }
        #expect(launcher.violations == [])
        #expect(launcher.openChannelCount() == 0)
    }

    /// A declaration as POST /reader makes one.
    func declaration(
        _ model: String, group: String = "primary", change: (inout ReaderDeclaration) -> Void = { _ in }
    ) -> ReaderDeclaration {
        var declaration = ReaderDeclaration(
            name: "", modelDirectory: Setting(folder.url.appending(path: model), .request),
            consumerGroup: Setting(group, .request))
        change(&declaration)
        return declaration
    }

    /// One reader of `red` in group `primary`, called `chat` unless there are several.
    static func single(_ more: String = "", batch: Int = 4) -> String {
        "reader_groups:\n  chat: { model_name: red, consumer_group: primary, max_batch_size: \(batch), "
            + "max_sequence_length: 512\(more) }\n"
    }
}

extension Fleet {
    /// Submits requests to group `primary` and returns their streams.
    func submit(
        _ prompts: [[Int32]], newTokenCount: Int, seed: UInt64 = 7, group: String = "primary",
        clientID: String = ""
    ) async throws -> [TokenStream] {
        let served = try #require(servedGroup(named: group))
        let parameters = GenerationParameters(
            sampling: SamplingParameters(), seed: seed, maxNewTokenCount: newTokenCount,
            ignoresEndOfText: false,
            endOfTextIDs: served.summary.endOfTextIDs, topLogProbabilityCount: 0)
        return try served.submit(
            prompts.enumerated().map { index, prompt in
                GenerationRequest(
                    id: RequestID(UInt64(index), of: clientID), promptIDs: prompt, parameters: parameters,
                    priority: 5,
                    choiceIndex: 0)
            })
    }
}

/// What a stream brought.
struct Answer: Equatable {
    var tokens: [Int32] = []
    var end: TokenEvent?

    init(_ stream: TokenStream) async {
        for await event in stream {
            if case .token(let id, _, _) = event { tokens.append(id) } else { end = event }
        }
    }

    init(tokens: [Int32], end: TokenEvent) {
        self.tokens = tokens
        self.end = end
    }

    /// The right answer to a prompt.
    static func right(_ prompt: [Int32], count: Int, seed: UInt64 = 7) -> Answer {
        Answer(
            tokens: FakeModel.answer(to: prompt, seed: seed, count: count), end: .finished(.length))
    }
}
