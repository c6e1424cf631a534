import Collectives
import Dispatch
import Foundation
import Models
import Platform
import Synchronization
import Tensors
import WorkerMessages

/// How a model is split over threads of the test process.
struct ForwardLayout: CustomStringConvertible, Sendable {
    var rankCount = 1
    var transport = Transport.shm
    var threadCount = 1
    var instructionSet = InstructionSet.best

    var description: String {
        "\(rankCount) ranks by \(transport.rawValue), \(threadCount) threads, \(instructionSet.rawValue)"
    }

    /// Ranks 1 to 4, both transports, one and two threads.
    static let all: [ForwardLayout] = [1, 2, 3, 4].flatMap { rankCount in
        Transport.allCases.flatMap { transport in
            [1, 2].map { ForwardLayout(rankCount: rankCount, transport: transport, threadCount: $0) }
        }
    }
}

/// The ranks of one reader as threads of the test process: steps in, rank 0's answers out.
final class ForwardReader: Sendable {
    let configuration: ModelConfiguration
    let limits: StepLimits
    private let ranks: [RankThread]

    init(
        _ directory: URL, layout: ForwardLayout = ForwardLayout(), format: WeightFormat = .f32,
        keyValueType: KVType = .f32,
        slotCount: Int = 4, rowCountMax: Int = 64, maxSequenceLength: Int = 128, blockCount: Int? = nil
    ) throws {
        let configuration = try ModelConfiguration(directory: directory)
        self.configuration = configuration
        let perSequence = (maxSequenceLength + 31) / 32
        let limits = StepLimits(
            slotCount: slotCount, rowCountMax: rowCountMax, maxSequenceLength: maxSequenceLength,
            blockCount: blockCount ?? slotCount * perSequence, vocabularyCount: configuration.vocabularyCount)
        self.limits = limits
        let packFile = try ForwardPacks.pack(of: directory, configuration, format)
        let page = try ControlPage(rankCount: layout.rankCount)
        let gatherByteCount = ActivationPlan.gatherByteCountMax(
            configuration, rankCount: layout.rankCount, rowCountMax: rowCountMax)
        let links = try ForwardReader.links(layout, gatherByteCount: gatherByteCount)
        ranks = (0..<layout.rankCount).map { rank in
            RankThread(name: "rank \(rank)") {
                let layoutOfPack = try PackLayout(configuration, format: format, directory: directory)
                let pack = try Pack(
                    region: try packFile.map(.readOnly), layout: layoutOfPack,
                    expectedDigest: try CheckpointDigest.compute(directory).hexadecimal)
                return try ModelExecutor(
                    configuration, pack: pack,
                    plan: try ShardPlan(configuration, rankCount: layout.rankCount),
                    rank: rank, keyValueType: keyValueType, limits: limits,
                    communicator: try Communicator(
                        link: try links[rank](), rank: rank, rankCount: layout.rankCount,
                        byteCountMax: gatherByteCount, page: page.rank(rank)),
                    team: try ThreadTeam(memberCount: layout.threadCount),
                    kernels: try Kernels(layout.instructionSet), page: page.rank(rank))
            }
        }
        for rank in ranks { try rank.waitUntilReady() }
    }

    deinit {
        for rank in ranks { rank.stop() }
    }

    /// Performs a step on all ranks; gives rank 0's answer, or rank 0's refusal after checking that all
    /// refused alike.
    func step(_ frame: StepFrame) throws -> StepResult {
        for rank in ranks { rank.post(frame) }
        let answers = ranks.map { $0.answer() }
        let refusals = answers.map { answer -> FailureReport? in
            if case .failure(let error) = answer { return error as? FailureReport } else { return nil }
        }
        precondition(Set(refusals.map { $0?.message ?? "" }).count == 1, "ranks disagree: \(refusals)")
        return try answers[0].get()
    }

    /// Performs a step and gives the raw logits of every row that it hashes, and its answer.
    func rawLogits(_ frame: StepFrame) throws -> (rows: [[Float]], result: StepResult) {
        ranks[0].rawLogits.withLock { $0.removeAll() }
        let result = try step(frame)
        return (ranks[0].rawLogits.withLock { $0 }, result)
    }

    private static func links(
        _ layout: ForwardLayout, gatherByteCount: Int
    ) throws -> [@Sendable () throws -> Communicator.Link] {
        let count = layout.rankCount
        guard count > 1 else { return [{ .alone }] }
        if layout.transport == .shm {
            let file = try MemoryFile.create(
                name: "skein-test-gather",
                byteCount: Communicator.sharedByteCount(rankCount: count, gatherByteCountMax: gatherByteCount)
            )
            return (0..<count).map { _ in { .sharedMemory(try file.map(.readWrite)) } }
        }
        var sockets = [[OwnedDescriptor?]](
            repeating: [OwnedDescriptor?](repeating: nil, count: count), count: count)
        for first in 0..<count {
            for second in first + 1..<count {
                (sockets[first][second], sockets[second][first]) = try SocketPair.make()
            }
        }
        return sockets.map { own in { .sockets(own) } }
    }
}

/// Packs of the test process, one per model directory.
enum ForwardPacks {
    private static let files = Mutex<[String: MemoryFile]>([:])

    static func pack(
        of directory: URL, _ configuration: ModelConfiguration, _ format: WeightFormat
    ) throws -> MemoryFile {
        try files.withLock { files in
            let key = "\(format.rawValue) \(directory.path)"
            if let file = files[key] { return file }
            let layout = try PackLayout(configuration, format: format, directory: directory)
            let file = try MemoryFile.create(name: "skein-test-pack", byteCount: layout.byteCount)
            let builder = try PackBuilder(
                checkpoint: try Checkpoint(directory: directory), configuration: configuration,
                layout: layout,
                plan: try ShardPlan(configuration, rankCount: 1), rank: 0,
                digest: try CheckpointDigest.compute(directory), kernels: try Kernels(.best))
            let region = try file.map(.readWrite)
            _ = try builder.build(into: region) { _ in }
            region.unmap()
            files[key] = file
            return file
        }
    }
}

/// A thread with an executor of its own, which takes one frame at a time.
final class RankThread: Sendable {
    private enum Mail {
        case empty, frame(StepFrame), stop
    }

    private let mail = Mutex<Mail>(.empty)
    private let result = Mutex<Result<StepResult, any Error>>(.success(StepResult()))
    /// Rows of raw logits that were hashed since they were last taken.
    let rawLogits = Mutex<[[Float]]>([])
    private let posted = DispatchSemaphore(value: 0)
    private let answered = DispatchSemaphore(value: 0)

    init(name: String, _ make: @escaping @Sendable () throws -> ModelExecutor) {
        DedicatedThread.start(name: name) { [self] in
            let executor: ModelExecutor
            do { executor = try make() } catch {
                result.withLock { $0 = .failure(error) }
                answered.signal()
                return
            }
            executor.tapRawLogits { [self] row in
                let values = (0..<row.columnCount).map { row[0, $0] }
                rawLogits.withLock { $0.append(values) }
            }
            answered.signal()
            while true {
                posted.wait()
                guard case .frame(let frame) = mail.withLock({ $0 }) else { return }
                var answer = StepResult()
                let outcome = Result {
                    try executor.execute(frame, into: &answer)
                    return answer
                }
                result.withLock { $0 = outcome }
                answered.signal()
            }
        }
    }

    func waitUntilReady() throws {
        answered.wait()
        _ = try result.withLock { try $0.get() }
    }

    func post(_ frame: StepFrame) {
        mail.withLock { $0 = .frame(frame) }
        posted.signal()
    }

    func answer() -> Result<StepResult, any Error> {
        answered.wait()
        return result.withLock { $0 }
    }

    func stop() {
        mail.withLock { $0 = .stop }
        posted.signal()
    }
}
