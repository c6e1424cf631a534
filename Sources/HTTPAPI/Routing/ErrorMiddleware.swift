import HTTPTypes
import Hummingbird
import Logging

/// Turns whatever a route throws, and paths and methods that nobody serves, into error bodies.
struct ErrorMiddleware: RouterMiddleware {
    typealias Context = APIContext

    /// The routes behind this middleware.
    let table: RouteTable
    /// What refusals are counted into.
    let refusals: RefusalSeries

    func handle(
        _ request: Request, context: APIContext, next: (Request, APIContext) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch let error as HTTPError where error.status == .notFound {
            let answer = Self.unrouted(request, table: table)
            refusals.count(answer.code)
            context.observation?.refused(answer.code)
            return answer.response
        } catch {
            let answer = APIError(error)
            answer.note(
                on: context.observation, refusals: refusals, logger: context.logger, cause: error)
            return answer.response
        }
    }

    private static func unrouted(_ request: Request, table: RouteTable) -> APIError {
        let path = request.uri.path.prefix(200)
        let allowed = table.allowedMethods(of: request.uri.path)
        guard !allowed.isEmpty else { return APIError(.unknownPath, "nothing is served at \(path)") }
        let method = request.method.rawValue.prefix(32)
        var error = APIError(
            .methodNotAllowed, "\(path) does not take \(method); allowed: \(allowed.joined(separator: ", "))")
        error.allowedMethods = allowed
        return error
    }
}

extension APIError {
    /// Counts and logs a refusal or a failure; `cause` is what became this error.
    func note(
        on observation: RequestObservation?, refusals: RefusalSeries, logger: Logger,
        cause: (any Error)? = nil
    ) {
        refusals.count(code)
        observation?.refused(code)
        let requestID = Logger.MetadataValue.string(observation?.requestID ?? "")
        if code == .internalFault {
            logger.error(
                "Request failed",
                metadata: ["request.id": requestID, "error": .string(cause.map { "\($0)" } ?? message)])
        } else {
            logger.debug(
                "Request refused",
                metadata: [
                    "request.id": requestID, "http.error_code": .string(code.rawValue),
                    "error": .string(message),
                ])
        }
    }
}
