import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import Platform

/// Sends requests and reads their answers, on one thread: the rest of the machine is the server's.
struct LoadClient: Sendable {
    private let target: LoadTarget
    private let request: HTTPClient.Request
    private let client: HTTPClient
    private let loop: any EventLoop
    /// Runs the load's tasks on the client's event loop, so that no request wakes a second thread.
    let executor: ForwardingTaskExecutor

    /// Opens a client of at most `connectionCountMax` connections, passes it to `body` and closes it.
    static func with<Value: Sendable>(
        _ target: LoadTarget, connectionCountMax: Int, body: (LoadClient) async throws -> Value
    ) async throws -> Value {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        var configuration = HTTPClient.Configuration()
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = connectionCountMax
        // A refused connection is an answer, not something to try again until the time is up.
        configuration.connectionPool.retryConnectionEstablishment = false
        // Waiting for a free connection is part of a request's time, whose own limit ends it.
        configuration.timeout.connect = .seconds(target.timeoutSeconds)
        configuration.redirectConfiguration = .disallow
        let client = HTTPClient(eventLoopGroupProvider: .shared(group), configuration: configuration)
        let loop = group.next()
        let executor = ForwardingTaskExecutor { job in loop.execute(job) }
        let result: Result<Value, any Error>
        do {
            result = .success(
                try await body(try LoadClient(target, client: client, loop: loop, executor: executor)))
        } catch {
            result = .failure(error)
        }
        try await client.shutdown()
        try await group.shutdownGracefully()
        return try result.get()
    }

    private init(
        _ target: LoadTarget, client: HTTPClient, loop: any EventLoop, executor: ForwardingTaskExecutor
    ) throws {
        self.target = target
        self.client = client
        self.loop = loop
        self.executor = executor
        request = try HTTPClient.Request(
            url: target.url, method: .POST, headers: ["content-type": "application/json"])
    }

    /// Sends one request and reads its answer to the end; failures are values.
    func perform(_ call: LoadCall) async -> LoadOutcome {
        var request = request
        request.body = .byteBuffer(call.body)
        let reader = AnswerReader(counting: target.counting, newTokenCount: call.newTokenCount)
        // Not the client's `async` calls: each of those starts a task in the cooperative pool.
        let task = client.execute(
            request: request, delegate: reader, eventLoop: .delegate(on: loop),
            deadline: .now() + .seconds(target.timeoutSeconds))
        do {
            return try await task.get()
        } catch {
            return .failed(Self.kind(of: error))
        }
    }

    /// A failure's name, without what differs from request to request.
    private static func kind(of error: any Error) -> String {
        switch error {
        case let failure as LoadFailure: failure.kind
        case let error as HTTPClientError where error == .deadlineExceeded: "timeout"
        case let error as HTTPClientError where error == .remoteConnectionClosed: "connection closed"
        case is NIOConnectionError: "connection refused"
        case let error as IOError where error.errnoCode == ECONNREFUSED: "connection refused"
        case let error as IOError where error.errnoCode == ECONNRESET: "connection reset"
        case is HTTPParserError: "malformed answer"
        case is CancellationError: "cancelled"
        case let error as IOError: "\(error)"
        default: String("\(error)".prefix(80))
        }
    }
}
