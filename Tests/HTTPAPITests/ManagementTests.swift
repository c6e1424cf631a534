import Controller
import Foundation
import HTTPAPI
import HTTPTypes
import HummingbirdTesting
import NIOCore
import Serving
import Synchronization
import Testing
import Topology
import WorkerMessages

/// The management port, and `/status` and `/healthz` on all.
struct ManagementTests {
    static func reader(_ name: String, ready: Bool, state: ReaderState, restarts: Int = 0) -> ReaderSnapshot {
        var reader = ReaderSnapshot(
            readerID: ReaderID(name), readerGroup: "chat", consumerGroup: "primary", modelName: "/m/tiny",
            modelType: "llama",
            layout: ReaderLayout(
                tensorParallel: 2, transport: .shm, threadsPerRank: 1, quantType: "f32", kvCacheType: "f32",
                maxBatchSize: 16, maxSequenceLength: 64, prefillChunk: 128, blockCount: 32,
                hasPrefixCache: true, cores: [[0], [1]]))
        reader.ready = ready
        reader.state = state
        reader.pids = [11, 12]
        reader.restarts = restarts
        reader.workers = [
            WorkerSnapshot(
                rank: 0, pid: 11, state: "idle", computeSeconds: 1.5, waitSeconds: 0.5, bytesRead: 7)
        ]
        return reader
    }

    static func snapshot(_ readers: [ReaderSnapshot], isDraining: Bool = false) -> FleetSnapshot {
        FleetSnapshot(
            groups: [
                .init(name: "idle", queueDepth: 0, queueLimit: 4, oldestAgeSeconds: 0, readers: []),
                .init(name: "primary", queueDepth: 3, queueLimit: 8, oldestAgeSeconds: 1.5, readers: readers),
            ], packByteCount: 1000, isDraining: isDraining)
    }

    @Test func readerGroupsAreAMapOfArraysByConsumerGroup() async throws {
        let server = try await TestServer()
        server.service.state.withLock {
            $0.snapshot = Self.snapshot([Self.reader("myReader", ready: true, state: .serving)])
        }
        let response = try await server.run(.management) { try await $0.get("/reader_groups") }
        #expect(
            response.text == """
                {"idle":[],"primary":[{"device":"cpu","model_name":"/m/tiny","model_type":"llama",\
                "pids":[11,12],"reader_group":"chat","reader_id":"myReader","ready":true,"state":"serving"}]}
                """)
    }

    @Test(arguments: [HTTPServerRole.inference, .management])
    func statusHasTheShapeClientsRead(role: HTTPServerRole) async throws {
        let server = try await TestServer()
        server.service.state.withLock {
            $0.snapshot = Self.snapshot([
                Self.reader("myReader", ready: true, state: .serving),
                Self.reader("other-1", ready: false, state: .failed(reason: "no such file")),
            ])
        }
        let response = try await server.run(role) { try await $0.get("/status") }
        let status = try response.json
        let live = try #require(status["live_readers"] as? [String: [String: Any]])
        let dead = try #require(status["dead_readers"] as? [String: [String: Any]])
        #expect(Array(live.keys) == ["myReader"])
        #expect(Array(dead.keys) == ["other-1"])
        let reader = try #require(live["myReader"])
        #expect(reader["consumer_group"] as? String == "primary")
        #expect(reader["consumer_groups"] as? [String] == ["primary"])
        #expect(reader["device"] as? String == "cpu")
        #expect(reader["loras"] is NSNull)
        #expect(reader["model_name"] as? String == "/m/tiny")
        #expect(reader["model_type"] as? String == "llama")
        #expect(dead["other-1"]?["state_reason"] as? String == "no such file")
        let ranks = try #require(reader["ranks"] as? [[String: Any]])
        #expect(ranks[0]["pid"] as? Int == 11)
        #expect(ranks[0]["compute_seconds"] as? Double == 1.5)
        #expect((reader["layout"] as? [String: Any])?["tensor_parallel"] as? Int == 2)
        let groups = try #require(status["consumer_groups"] as? [String: [String: Any]])
        #expect(groups["primary"]?["queue_depth"] as? Int == 3)
        #expect((status["ports"] as? [Int])?.count == 1)
    }

    @Test(arguments: HTTPServerRole.allCases) func healthFollowsTheReaders(role: HTTPServerRole) async throws
    {
        let server = try await TestServer()
        func status(_ path: String, _ snapshot: FleetSnapshot) async throws -> Int {
            server.service.state.withLock { $0.snapshot = snapshot }
            return try await server.run(role) { try await $0.get(path) }.status.code
        }
        let live = Self.reader("a", ready: true, state: .serving)
        let loading = Self.reader("b", ready: false, state: .loading)
        guard role != .management else {
            #expect(try await status("/healthz", Self.snapshot([live])) == 404)
            return
        }
        #expect(try await status("/healthz", Self.snapshot([])) == 503)
        #expect(try await status("/healthz", Self.snapshot([loading])) == 503)
        #expect(try await status("/healthz", Self.snapshot([live, loading])) == 200)
        #expect(try await status("/healthz?state=ready", Self.snapshot([live, loading])) == 503)
        #expect(try await status("/healthz?state=ready", Self.snapshot([live])) == 200)
        #expect(try await status("/healthz", Self.snapshot([live], isDraining: true)) == 503)
        #expect(try await status("/healthz?wait=-1", Self.snapshot([live])) == 422)
        #expect(try await status("/healthz?wait=nan", Self.snapshot([live])) == 422)
        #expect(try await status("/healthz?wait=301", Self.snapshot([live])) == 422)
        #expect(try await status("/healthz?wait=inf", Self.snapshot([live])) == 422)
        #expect(try await status("/healthz?wait=1e300", Self.snapshot([live])) == 422)
        #expect(try await status("/healthz?wait=300", Self.snapshot([live])) == 200)
    }

    @Test func healthWaitsAsLongAsAsked() async throws {
        let pauses = Pauses()
        let server = try await TestServer { $0.useClock(pauses) }
        let live = Self.snapshot([Self.reader("a", ready: true, state: .serving)])
        for (isReadyInTime, code) in [(true, 200), (false, 503)] {
            server.service.state.withLock {
                $0.snapshot = Self.snapshot([])
                $0.snapshotCount = 0
                $0.laterSnapshot = isReadyInTime ? (after: 2, live) : nil
            }
            let response = try await server.run { client in
                async let response = client.get("/healthz?wait=0.2")
                // Two pauses of 100 ms.
                for _ in 0..<2 {
                    #expect(await pauses.next() == .milliseconds(100))
                    pauses.endAll()
                }
                return try await response
            }
            #expect(response.status.code == code)
        }
    }

    @Test func aPostedReaderIsCreated() async throws {
        let server = try await TestServer()
        let body = """
            {"model_name": "/m/tiny", "device": "cuda", "consumer_group": "", "tensor_parallel": 0,
             "max_batch_size": 4, "redis_host": "x", "log_level": null, "colour": 1}
            """
        let response = try await server.run(.management) { try await $0.post("/reader", body) }
        #expect(response.status == .created)
        #expect(try response.json["reader_id"] as? String == "tiny-0badcafe")
        #expect(
            response.headers[values: GenerateTests.warning] == [
                "device cuda runs on cpu: Skein computes on CPUs",
                "redis_host has no effect: Skein has no such setting", "unknown field colour ignored",
            ])
        let declaration = try #require(server.service.state.withLock { $0.added.first })
        #expect(declaration.modelDirectory.value.path == "/m/tiny")
        #expect(declaration.consumerGroup == Setting("primary", .request))
        #expect(declaration.tensorParallel == Setting(1, .default))
        #expect(declaration.maxBatchSize == Setting(4, .request))
        // Left to the consumer group.
        #expect(declaration.quantType.origin == .default)
        #expect(declaration.maxSequenceLength == Setting(nil, .default))
    }

    @Test func aPostMaySetEverything() async throws {
        let server = try await TestServer()
        let body = """
            {"model_name": "/m/tiny/", "device": "cpu", "consumer_group": "b", "tensor_parallel": 3,
             "quant_type": "f32", "kv_cache_type": "auto", "transport": "unix", "threads_per_rank": 2,
             "prefill_chunk": 32, "max_sequence_length": 100, "replicas": 1}
            """
        _ = try await server.run(.management) { try await $0.post("/reader", body) }
        let declaration = try #require(server.service.state.withLock { $0.added.first })
        #expect(declaration.consumerGroup == Setting("b", .request))
        #expect(declaration.tensorParallel == Setting(3, .request))
        #expect(declaration.quantType == Setting(.f32, .request))
        #expect(declaration.kvCacheType == Setting(.auto, .request))
        #expect(declaration.transport == Setting(.unix, .request))
        #expect(declaration.threadsPerRank == Setting(2, .request))
        #expect(declaration.prefillChunk == Setting(32, .request))
        #expect(declaration.maxSequenceLength == Setting(100, .request))
    }

    @Test(arguments: [
        ("{}", "missing_field", "model_name is missing"),
        (#"{"model_name": ""}"#, "missing_field", "model_name is missing"),
        (#"{"model_name": 3}"#, "invalid_field", "model_name is a number"),
        (
            #"{"model_name": "m", "tensor_parallel": 17}"#, "invalid_field",
            "tensor_parallel is 17; allowed: an integer, 0 to 16"
        ),
        (#"{"model_name": "m", "max_batch_size": "4"}"#, "invalid_field", "max_batch_size is a string"),
        (#"{"model_name": "m", "max_sequence_length": 1}"#, "invalid_field", "2 to 1048576"),
        (
            #"{"model_name": "m", "quant_type": "awq"}"#, "invalid_field",
            "quant_type is awq; allowed: auto, f32"
        ),
        (#"{"model_name": "m", "device": "api"}"#, "invalid_field", "device is api; allowed: cpu"),
        (#"{"model_name": "m", "consumer_group": "a\nb"}"#, "invalid_field", "consumer_group"),
        (#"{"model_name": "m", "replicas": 2}"#, "invalid_field", "replicas is 2"),
        (#"{"model_name": "m", "loras": "x"}"#, "unsupported_field", "loras"),
    ])
    func aWrongReaderIs422(body: String, code: String, message: String) async throws {
        let server = try await TestServer()
        let response = try await server.run(.management) { try await $0.post("/reader", body) }
        #expect(response.status == .unprocessableContent)
        #expect(response.errorCode == code)
        #expect(response.errorMessage.contains(message), "\(response.errorMessage)")
    }

    static let identity = ReaderIdentity(
        checkpointDigest: "aaaaaaaaaaaaaaaa", quantType: "f32", kvCacheType: "f32", maxSequenceLength: 64)
    static let refusals: [(ControllerError, Int, String)] = [
        (.invalidModel(directory: "/m", reason: "no config.json"), 422, "invalid_model"),
        (.pathOutsideRoots(directory: "/etc", roots: ["/models"]), 400, "path_outside_model_roots"),
        (
            .identityConflict(consumerGroup: "primary", current: identity, offered: identity), 409,
            "identity_conflict"
        ),
        (.invalidSetting(key: "placement", value: "x", allowed: "y"), 422, "invalid_setting"),
        (.duplicateReader(ReaderID("a")), 409, "duplicate_reader"),
        (.tooManyReaders(limit: 256), 409, "too_many_readers"), (.draining, 503, "draining"),
    ]

    @Test(arguments: refusals.indices) func theFleetsRefusalsHaveTheirStatus(index: Int) async throws {
        let (refusal, status, code) = Self.refusals[index]
        let server = try await TestServer()
        server.service.state.withLock { $0.refusal = refusal }
        let response = try await server.run(.management) {
            try await $0.post("/reader", #"{"model_name": "/m"}"#)
        }
        #expect(response.status.code == status)
        #expect(response.errorCode == code)
        #expect(response.errorMessage == refusal.description)
    }

    @Test func readersAreRemovedAndUnknownOnesAre404() async throws {
        let server = try await TestServer()
        server.service.state.withLock { $0.configurations["a b"] = Data("{\"x\": 1}\n".utf8) }
        let removed = try await server.run(.management) {
            try await $0.execute(uri: "/reader/a%20b", method: .delete)
        }
        #expect(removed.status == .noContent)
        #expect(removed.body.readableBytes == 0)
        let unknown = try await server.run(.management) {
            try await $0.execute(uri: "/reader/z", method: .delete)
        }
        #expect(unknown.status == .notFound)
        #expect(unknown.errorMessage == "there is no reader z")
        #expect(server.service.state.withLock { $0.removed } == [ReaderID("a b"), ReaderID("z")])
    }

    @Test func aReadersConfigurationIsItsFile() async throws {
        let server = try await TestServer()
        server.service.state.withLock { $0.configurations["a"] = Data("{\"x\": 1}\n".utf8) }
        let known = try await server.run(.management) { try await $0.get("/config/a") }
        #expect(known.text == "{\"x\": 1}\n")
        #expect(known.headers[.contentType] == "application/json; charset=utf-8")
        let unknown = try await server.run(.management) { try await $0.get("/config/b") }
        #expect(unknown.status == .notFound)
        #expect(unknown.errorCode == "unknown_reader")
    }
}
