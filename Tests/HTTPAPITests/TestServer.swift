import Controller
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import NIOCore
import Serving
import Synchronization
import Tokenization
import WorkerMessages

@testable import HTTPAPI

/// A consumer group with a real queue, a scripted reader in place of a model, and the servers on top of both.
struct TestServer {
    /// Answers sequences that were taken from the queue together.
    typealias Script = @Sendable ([QueuedSequence]) async -> Void

    let service: FakeService
    let group: ConsumerGroup
    let identity: ReaderIdentity
    let metrics = MetricsRegistry()
    let servers: HTTPServers
    /// Least urgent log lines first; what the servers logged.
    let log = LogRecord()

    static let settings = HTTPSettings(
        host: "127.0.0.1", port: 0, managementHost: "127.0.0.1", managementPort: 0, openAIPort: 0,
        bodyByteCountMax: 4096, drainTimeout: .seconds(5))

    /// What the tests' group is made of.
    struct Options {
        var pieces: [String] = []
        var addsBeginning = true
        var isReady = true
        var maxQueue = 8
        var maxQueueTokens = 10_000
        var maxSequenceLength = 64
        var clock = ServingClock(ContinuousClock())
        /// The queue's; its waits are not the servers'.
        var queueClock = ServingClock(ContinuousClock())
        var settings = TestServer.settings
        var keepAlivePause = HTTPLimits.keepAlivePause
    }

    init(_ change: (inout Options) -> Void = { _ in }) async throws {
        var options = Options()
        change(&options)
        let settings = ConsumerGroupSettings(
            maxQueue: options.maxQueue, maxQueueTokens: options.maxQueueTokens,
            batching: ContinuousBatching(),
            defaultPriority: 4, queueTimeout: .seconds(60), agingInterval: .seconds(5), affinityWait: .zero,
            retryAfter: .seconds(3)...(.seconds(60)))
        group = ConsumerGroup(
            name: "primary", settings: settings, clock: options.queueClock, metrics: metrics, drawSeed: { 42 }
        )
        identity = ReaderIdentity(
            checkpointDigest: "d", quantType: "f32", kvCacheType: "f32",
            maxSequenceLength: options.maxSequenceLength)
        try await group.attach("r", identity: identity)
        if options.isReady { await group.markReady("r") }
        let tokenizer = try ByteTokenizer.make(pieces: options.pieces, addsBeginning: options.addsBeginning)
        let summary = ModelSummary(
            modelType: "llama", vocabularyCount: 300, layerCount: 1, maxPositionCount: 64,
            endOfTextIDs: [ByteTokenizer.end], beginningOfTextID: ByteTokenizer.beginning,
            checkpointDigest: "d", configurationJSON: Data(), weightType: "f32", layoutID: "l",
            packByteCount: 0,
            gatherByteCount: 0, ranks: [])
        var state = FakeService.State()
        state.groups["primary"] = ServedGroup(
            name: "primary", group: group, tokenizer: tokenizer, summary: summary,
            identity: identity)
        state.snapshot.groups = [
            FleetSnapshot.Group(
                name: "idle", queueDepth: 0, queueLimit: 4, oldestAgeSeconds: 0, readers: []),
            FleetSnapshot.Group(
                name: "primary", queueDepth: 3, queueLimit: 8, oldestAgeSeconds: 1.5, readers: []),
        ]
        service = FakeService(state)
        var servers = HTTPServers(
            service: service, settings: options.settings, metrics: metrics, clock: options.clock,
            logger: Logger(label: "test") { [log] _ in log.handler })
        servers.keepAlivePause = options.keepAlivePause
        self.servers = servers
    }

    /// Submits requests as a route does.
    func submit(_ requests: [GenerationRequest]) async throws -> [TokenStream] {
        try group.submit(requests, prepared: identity)
    }

    /// Runs `body` with a client of one server, while `script` answers.
    func run<Value: Sendable>(
        _ role: HTTPServerRole = .inference, script: @escaping Script = { _ in },
        _ body: @escaping @Sendable (any TestClientProtocol) async throws -> Value
    ) async throws -> Value {
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { [group] in await Self.serve(group, script) }
            defer { tasks.cancelAll() }
            return try await servers.application(role).test(.live) { try await body($0) }
        }
    }

    /// Takes what is queued and hands it to the script, until cancelled.
    static func serve(_ group: ConsumerGroup, _ script: @escaping Script) async {
        let seat = ReaderSeat(readerID: "r")
        group.queue.enter(seat)
        defer { group.queue.leave(seat) }
        await withTaskCancellationHandler {
            await withTaskGroup(of: Void.self) { tasks in
                while !Task.isCancelled {
                    let sequences = group.queue.take(upTo: 16)
                    if sequences.isEmpty {
                        await seat.waitForWake()
                    } else {
                        tasks.addTask { await script(sequences) }
                    }
                }
                tasks.cancelAll()
            }
        } onCancel: {
            seat.wake()
        }
    }
}

/// Remembers log lines.
final class LogRecord: Sendable {
    private let messages = Mutex<[String]>([])

    /// Messages with their metadata, in order.
    var lines: [String] { messages.withLock { $0 } }

    /// A logger's handler that writes here.
    var handler: Sink { Sink(record: self) }

    /// Remembers a logger's own metadata, as handlers are to do.
    struct Sink: LogHandler {
        let record: LogRecord
        var logLevel = Logger.Level.debug
        var metadata: Logger.Metadata = [:]

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let all = metadata.merging(event.metadata ?? [:]) { _, new in new }
            let words = all.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
            record.messages.withLock {
                $0.append("\(event.level) \(event.message) \(words.joined(separator: " "))")
            }
        }
    }
}

extension TestServer.Options {
    /// A clock for everything that moves only when the test says so.
    mutating func useClock(_ steps: SteppingClock) {
        clock = ServingClock(steps)
        queueClock = clock
    }

    /// A clock whose waits last until the test lets them go.
    mutating func useClock(_ pauses: Pauses) {
        clock = ServingClock(pauses)
    }
}

extension TestClientProtocol {
    /// Posts JSON.
    func post(_ path: String, _ json: String, headers: HTTPFields = [:]) async throws -> TestResponse {
        var headers = headers
        if headers[.contentType] == nil { headers[.contentType] = "application/json" }
        return try await execute(uri: path, method: .post, headers: headers, body: ByteBuffer(string: json))
    }

    /// Gets a path.
    func get(_ path: String) async throws -> TestResponse {
        try await execute(uri: path, method: .get)
    }
}

extension TestResponse {
    /// The body as text.
    var text: String { String(buffer: body) }

    /// The body's JSON object.
    var json: [String: Any] {
        get throws {
            try JSONSerialization.jsonObject(with: Data(body.readableBytesView)) as? [String: Any] ?? [:]
        }
    }

    /// `code` and `message` of an error body.
    var errorCode: String? { try? (json["error"] as? [String: Any])?["code"] as? String }
    var errorMessage: String { ((try? json["error"]) as? [String: Any])?["message"] as? String ?? "" }
}

extension QueuedSequence {
    /// Delivers these tokens and the end.
    func answer(_ ids: [Int32], _ reason: FinishReason = .length) {
        for id in ids { handle.deliver(.token(id: id, logProbability: nil)) }
        handle.deliver(.finished(reason))
    }
}
