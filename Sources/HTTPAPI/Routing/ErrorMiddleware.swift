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
            count(answer, context)
            return answer.response
        } catch {
            let answer = APIError(error)
            count(answer, context)
            if answer.code == .internalFault {
                context.logger.error(
                    "Request failed", metadata: ["error": .string(String(describing: error))])
            } else {
                context.logger.debug(
                    "Request refused",
                    metadata: [
                        "http.error_code": .string(answer.code.rawValue), "error": .string(answer.message),
                    ])
            }
            return answer.response
        }
    }

    private func count(_ answer: APIError, _ context: APIContext) {
        refusals.count(answer.code)
        context.observation?.refused(answer.code)
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
