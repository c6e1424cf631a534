import Foundation
import Models
import Platform
import WorkerMessages

/// Where and how a test's workers run.
struct WorkerLayout: Sendable, CustomStringConvertible {
    var rankCount = 1
    var transport = Transport.shm
    var threadCount = 1
    var instructionSet: String?
    var weightType = "f32"
    var keyValueType = "f32"

    var description: String {
        "\(weightType), KV \(keyValueType), \(rankCount) ranks, \(transport.rawValue), \(threadCount) threads, "
            + "\(instructionSet ?? "best") instructions"
    }
}

/// The real workers of one reader, driven by frames without a controller.
final class WorkerGroup {
    /// What a worker said instead of what the test needs.
    struct Refused: Error, CustomStringConvertible {
        let description: String
    }

    /// The limits the workers were started with.
    let limits: StepLimits
    private static let spawner = ProcessSpawner()
    private let channels: [FrameChannel]
    private let processes: [SpawnedProcess]
    private let page: ControlPage
    private var writer = ByteWriter()
    private var buffer: [UInt8] = []

    private init(limits: StepLimits, channels: [FrameChannel], processes: [SpawnedProcess], page: ControlPage)
    {
        self.limits = limits
        self.channels = channels
        self.processes = processes
        self.page = page
    }

    /// Spawns the ranks, lets them build the pack and waits until all are ready.
    static func start(
        _ model: String, _ layout: WorkerLayout, slotCount: Int, rowCountMax: Int, maxSequenceLength: Int,
        blockCount: Int
    ) async throws -> WorkerGroup {
        let summary = try CheckpointInspector().inspect(
            ModelInspection(
                directory: URL(filePath: model), rankCount: layout.rankCount, rowCountMax: rowCountMax,
                weightType: layout.weightType, keyValueType: layout.keyValueType))
        let limits = StepLimits(
            slotCount: slotCount, rowCountMax: rowCountMax, maxSequenceLength: maxSequenceLength,
            blockCount: blockCount, vocabularyCount: summary.vocabularyCount)
        let page = try ControlPage(rankCount: layout.rankCount)
        var channels: [FrameChannel] = []
        var processes: [SpawnedProcess] = []
        var environment = ProcessInfo.processInfo.environment
        environment["SKEIN_ISA"] = layout.instructionSet
        for _ in 0..<layout.rankCount {
            let (own, remote) = try SocketPair.make()
            processes.append(
                try await spawner.spawn(
                    executable: SkeinCommandLine.executable.path,
                    arguments: ["worker", "--parent-pid", "\(getpid())"], environment: environment,
                    controlSocket: remote))
            channels.append(FrameChannel(adopting: own))
        }
        let group = WorkerGroup(limits: limits, channels: channels, processes: processes, page: page)
        try group.load(model, layout, summary)
        return group
    }

    private func load(_ model: String, _ layout: WorkerLayout, _ summary: ModelSummary) throws {
        let pack = try MemoryFile.create(name: "skein-test-pack", byteCount: summary.packByteCount)
        let transportDescriptors = try descriptors(of: layout, gatherByteCount: summary.gatherByteCount)
        for (rank, channel) in channels.enumerated() {
            let _: Hello = try receive(.hello, from: channel)
            let order = LoadOrder(
                readerID: "test", modelDirectory: model, rank: rank, rankCount: layout.rankCount,
                threadCount: layout.threadCount, cores: [], weightType: layout.weightType,
                keyValueType: layout.keyValueType,
                transport: layout.transport, packRole: .build, packByteCount: summary.packByteCount,
                layoutID: summary.layoutID, checkpointDigest: summary.checkpointDigest,
                maxBatchSize: limits.slotCount, maxSequenceLength: limits.maxSequenceLength,
                blockCount: limits.blockCount, rowCountMax: limits.rowCountMax)
            try channel.send(
                kind: MessageKind.load.rawValue, payload: RareFrame.encode(order),
                descriptors: [page.descriptor] + transportDescriptors[rank] + [pack.descriptor])
        }
        for channel in channels { let _: PackReport = try receive(.packBuilt, from: channel) }
        try pack.seal()
        let readOnly = try pack.reopenReadOnly()
        for channel in channels {
            try channel.send(kind: MessageKind.mapPack.rawValue, payload: [], descriptors: [readOnly])
        }
        for channel in channels { let _: ReadyReport = try receive(.ready, from: channel) }
    }

    /// Per rank, what the transport needs.
    private func descriptors(of layout: WorkerLayout, gatherByteCount: Int) throws -> [[OwnedDescriptor]] {
        let count = layout.rankCount
        var result = [[OwnedDescriptor]](repeating: [], count: count)
        if count == 1 { return result }
        switch layout.transport {
        case .shm:
            let memory = try MemoryFile.create(name: "skein-test-gather", byteCount: gatherByteCount)
            for rank in 0..<count { result[rank] = [memory.descriptor] }
        case .unix:
            var sockets: [[Int: OwnedDescriptor]] = Array(repeating: [:], count: count)
            for low in 0..<count {
                for high in (low + 1)..<max(count, low + 1) {
                    (sockets[low][high], sockets[high][low]) = try SocketPair.make()
                }
            }
            for rank in 0..<count { result[rank] = sockets[rank].sorted { $0.key < $1.key }.map(\.value) }
        }
        return result
    }

    /// Sends one step to every rank and returns rank 0's answer.
    func step(_ frame: StepFrame) throws -> StepResult {
        frame.encode(into: &writer)
        for channel in channels {
            try channel.send(kind: MessageKind.step.rawValue, payload: writer.bytes, descriptors: [])
        }
        let count = try receiveFrame(.stepResult, from: channels[0])
        var result = StepResult()
        var reader = ByteReader(buffer, range: 0..<count)
        try result.decode(from: &reader, limits: limits)
        return result
    }

    /// Asks all workers to end and waits for it.
    func stop() throws {
        for channel in channels {
            try channel.send(kind: MessageKind.shutdown.rawValue, payload: [], descriptors: [])
        }
        for process in processes {
            var status: Int32 = 0
            _ = unsafe waitpid(process.pid, &status, 0)
        }
    }

    private func receive<Value: Decodable>(_ kind: MessageKind, from channel: FrameChannel) throws -> Value {
        let count = try receiveFrame(kind, from: channel)
        return try RareFrame.decode(Value.self, from: buffer, byteCount: count)
    }

    private func receiveFrame(_ kind: MessageKind, from channel: FrameChannel) throws -> Int {
        var descriptors: [OwnedDescriptor] = []
        guard let frame = try channel.receive(into: &buffer, descriptors: &descriptors) else {
            throw Refused(description: "a worker ended before it sent \(kind)")
        }
        guard frame.kind == kind.rawValue else {
            let text = String(decoding: buffer.prefix(frame.byteCount), as: UTF8.self)
            throw Refused(description: "frame \(frame.kind) instead of \(kind): \(text)")
        }
        return frame.byteCount
    }
}
