import Dispatch
import Foundation
import Models
import Platform
import Synchronization
import Tensors
import TestSupport
import Worker
import WorkerMessages

/// A controller of one reader whose workers are threads of the test process: it says what the test tells it
/// to say.
final class ScriptedController: Sendable {
    static let fixtures = SharedFolder.packageRoot.appending(path: "Tests/ModelsTests/Fixtures")

    let directory: URL
    let summary: ModelSummary
    let page: ControlPage
    let channels: [FrameChannel]
    private let statuses: [WorkerStatus]

    /// Exit status of one worker thread.
    private final class WorkerStatus: Sendable {
        private let value = Mutex<Int32?>(nil)
        private let ended = DispatchSemaphore(value: 0)

        func end(_ status: Int32) {
            value.withLock { $0 = status }
            ended.signal()
        }

        func wait() -> Int32? {
            ended.wait()
            ended.signal()
            return value.withLock { $0 }
        }
    }

    init(_ name: String = "tiny-llama", rankCount: Int = 1, instructionSet: String? = nil) throws {
        directory = ScriptedController.fixtures.appending(path: name)
        summary = try CheckpointInspector().inspect(
            ModelInspection(
                directory: directory, rankCount: rankCount, rowCountMax: 32, weightType: "f32",
                keyValueType: "f32"))
        page = try ControlPage(rankCount: rankCount)
        var channels: [FrameChannel] = []
        var statuses: [WorkerStatus] = []
        for rank in 0..<rankCount {
            let (own, other) = try FrameChannel.pair()
            let status = WorkerStatus()
            DedicatedThread.start(name: "worker \(rank)") {
                status.end(WorkerMain.serve(other, instructionSet: instructionSet))
                other.shutDown()
            }
            channels.append(own)
            statuses.append(status)
        }
        self.channels = channels
        self.statuses = statuses
    }

    deinit {
        for channel in channels { channel.shutDown() }
        for status in statuses { _ = status.wait() }
    }

    var limits: StepLimits {
        StepLimits(
            slotCount: 2, rowCountMax: 32, maxSequenceLength: 128, blockCount: 8,
            vocabularyCount: summary.vocabularyCount)
    }

    func order(rank: Int, transport: Transport = .shm, role: PackRole = .build) -> LoadOrder {
        LoadOrder(
            readerID: "test", modelDirectory: directory.path, rank: rank, rankCount: channels.count,
            threadCount: 1, cores: [], weightType: "f32", keyValueType: "f32", transport: transport,
            packRole: role, packByteCount: summary.packByteCount, layoutID: summary.layoutID,
            checkpointDigest: summary.checkpointDigest, maxBatchSize: limits.slotCount,
            maxSequenceLength: limits.maxSequenceLength, blockCount: limits.blockCount,
            rowCountMax: limits.rowCountMax)
    }

    /// Receives from one worker, blocking; nil at its end.
    func receive(_ rank: Int = 0) throws -> (kind: MessageKind?, payload: [UInt8])? {
        var buffer: [UInt8] = []
        var descriptors: [OwnedDescriptor] = []
        guard let frame = try channels[rank].receive(into: &buffer, descriptors: &descriptors) else {
            return nil
        }
        return (MessageKind(rawValue: frame.kind), Array(buffer.prefix(frame.byteCount)))
    }

    /// Receives a rare frame of the given kind.
    func receive<Value: Decodable>(_ type: Value.Type, _ kind: MessageKind, rank: Int = 0) throws -> Value {
        guard let frame = try receive(rank), frame.kind == kind else {
            throw FailureReport(code: .malformedFrame, message: "no \(kind) came")
        }
        return try RareFrame.decode(type, from: frame.payload, byteCount: frame.payload.count)
    }

    func send(
        _ kind: MessageKind, _ payload: [UInt8] = [], _ descriptors: [OwnedDescriptor] = [], rank: Int = 0
    )
        throws
    {
        try channels[rank].send(kind: kind.rawValue, payload: payload, descriptors: descriptors)
    }

    func sendOrder(_ order: LoadOrder, _ descriptors: [OwnedDescriptor]) throws {
        try send(.load, try RareFrame.encode(order), descriptors, rank: order.rank)
    }

    /// Sends a step to every worker.
    func send(_ frame: StepFrame) throws {
        var writer = ByteWriter()
        frame.encode(into: &writer)
        for rank in channels.indices { try send(.step, writer.bytes, rank: rank) }
    }

    /// Performs a step and gives rank 0's answer.
    func step(_ frame: StepFrame) throws -> StepResult {
        try send(frame)
        guard let answer = try receive(), answer.kind == .stepResult else {
            throw FailureReport(code: .malformedFrame, message: "no step result came")
        }
        var result = StepResult()
        var reader = ByteReader(answer.payload, range: 0..<answer.payload.count)
        try result.decode(from: &reader, limits: limits)
        return result
    }

    func exitStatus(_ rank: Int = 0) -> Int32? { statuses[rank].wait() }

    /// Takes all workers from hello to ready, which build the pack together, and gives what they reported.
    func load(transport: Transport = .shm) throws -> (packs: [PackReport], readies: [ReadyReport]) {
        let pack = try MemoryFile.create(name: "skein-test-pack", byteCount: summary.packByteCount)
        let links = try links(transport)
        for rank in channels.indices {
            _ = try receive(Hello.self, .hello, rank: rank)
            try sendOrder(
                order(rank: rank, transport: transport), [page.descriptor] + links[rank] + [pack.descriptor])
        }
        let packs = try channels.indices.map { try receive(PackReport.self, .packBuilt, rank: $0) }
        try pack.seal()
        let readOnly = try pack.reopenReadOnly()
        for rank in channels.indices { try send(.mapPack, [], [readOnly], rank: rank) }
        return (packs, try channels.indices.map { try receive(ReadyReport.self, .ready, rank: $0) })
    }

    private func links(_ transport: Transport) throws -> [[OwnedDescriptor]] {
        let count = channels.count
        var links = [[OwnedDescriptor]](repeating: [], count: count)
        guard count > 1 else { return links }
        if transport == .shm {
            let memory = try MemoryFile.create(name: "skein-test-gather", byteCount: summary.gatherByteCount)
            return links.map { _ in [memory.descriptor] }
        }
        for lower in 0..<count {
            for upper in lower + 1..<count {
                let (first, second) = try SocketPair.make()
                links[lower].append(first)
                links[upper].append(second)
            }
        }
        return links
    }
}
