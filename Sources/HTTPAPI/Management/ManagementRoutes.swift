import Controller
import Foundation
import Hummingbird
import Logging
import NIOCore
import Topology

/// The management API (contract 3, design 10).
struct ManagementRoutes: Sendable {
    /// What all routes share.
    let services: APIServices

    /// All but `/status`, which both ports have.
    var routes: [Route] {
        [
            Route(method: .get, path: "/reader_groups", action: readerGroups),
            Route(method: .post, path: "/reader", action: addReader),
            Route(method: .delete, path: "/reader/:id", action: removeReader),
            Route(method: .get, path: "/config/:id", action: configuration),
            Route(method: .get, path: "/metrics", action: metrics),
        ]
    }

    /// A reader as Takeoff's `get_readers` shows it, with its state.
    private struct ReaderEntry: Encodable {
        let readerID: String
        let device: String
        let modelName: String
        let modelType: String
        let pids: [Int32]
        let ready: Bool
        let state: String
        let readerGroup: String
    }

    private struct Added: Encodable {
        let readerID: String
        let consumerGroup: String
        let device: String
    }

    /// A map keyed by consumer group, as Takeoff's clients need it (design 1).
    @Sendable private func readerGroups(_ request: Request, _ context: APIContext) async throws -> Response {
        let groups = await services.inference.snapshot().groups
        let entries = groups.map { group in
            let readers = group.readers.map {
                ReaderEntry(
                    readerID: $0.readerID.name, device: $0.device, modelName: $0.modelName,
                    modelType: $0.modelType, pids: $0.pids, ready: $0.ready, state: $0.state.name,
                    readerGroup: $0.readerGroup)
            }
            return (group.name, readers)
        }
        return JSONAnswer.response(Dictionary(entries) { first, _ in first })
    }

    /// 201 once the declaration is valid; loading follows.
    @Sendable private func addReader(_ request: Request, _ context: APIContext) async throws -> Response {
        let body = try await JSONBody.object(of: request, byteCountMax: services.bodyByteCountMax)
        let call = try ReaderCall(body)
        let group = call.declaration.consumerGroup.value
        Warnings.log(call.warnings, requestID: context.requestID, to: context.logger)
        let id = try await services.inference.addReader(call.declaration)
        context.logger.info(
            "Reader added", metadata: ["reader.id": .string(id.name), "group.id": .string(group)])
        var response = JSONAnswer.response(
            Added(readerID: id.name, consumerGroup: group, device: "cpu"), status: .created)
        Warnings.add(call.warnings, to: &response.headers)
        return response
    }

    /// 204 once the reader is gone.
    @Sendable private func removeReader(_ request: Request, _ context: APIContext) async throws -> Response {
        let id = try Self.readerID(context)
        try await services.inference.removeReader(id)
        context.logger.info("Reader removed", metadata: ["reader.id": .string(id.name)])
        return Response(status: .noContent)
    }

    /// The model's config.json as it stands in the file.
    @Sendable private func configuration(_ request: Request, _ context: APIContext) async throws -> Response {
        let id = try Self.readerID(context)
        guard let json = await services.inference.configurationJSON(of: id) else {
            throw ControllerError.unknownReader(id)
        }
        return JSONAnswer.response(bytes: [UInt8](json))
    }

    private static func readerID(_ context: APIContext) throws -> ReaderID {
        let name = context.parameters.get("id") ?? ""
        return ReaderID(name.removingPercentEncoding ?? name)
    }

    /// Prometheus text. What the controller knows is read now, so that it never disagrees with `/status`.
    @Sendable private func metrics(_ request: Request, _ context: APIContext) async throws -> Response {
        let snapshot = await services.inference.snapshot()
        let kept = services.metrics.readings()
        let readings =
            kept + TakeoffMetrics.readings(of: kept) + FleetMetrics(snapshot: snapshot).readings
            + (await ProcessMetrics().readings(snapshot))
        var response = Response(status: .ok, headers: [.contentType: PrometheusText.contentType])
        response.body = ResponseBody(byteBuffer: ByteBuffer(string: PrometheusText.page(readings)))
        return response
    }
}
