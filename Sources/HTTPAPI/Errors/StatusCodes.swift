import Controller
import HTTPTypes
import Serving

/// The one place that decides HTTP statuses (design 10).
extension APIError.Code {
    /// The status of an answer with this code.
    var status: HTTPResponse.Status {
        switch self {
        case .malformedBody, .pathOutsideRoots: .badRequest
        case .unknownPath, .unknownReader: .notFound
        case .methodNotAllowed: .methodNotAllowed
        case .identityConflict, .duplicateReader, .insufficientMemory, .tooManyReaders: .conflict
        case .bodyTooLarge: .contentTooLarge
        case .unsupportedContentType: .unsupportedMediaType
        case .missingField, .invalidField, .unsupportedField, .unknownConsumerGroup, .emptyPrompt,
            .promptTooLong, .listTooLong, .invalidModel, .invalidSetting:
            .unprocessableContent
        case .queueFull: .tooManyRequests
        case .noReader, .draining: .serviceUnavailable
        // Nobody reads it; the number is the one proxies log for it.
        case .clientGone: HTTPResponse.Status(code: 499, reasonPhrase: "Client Closed Request")
        case .generationFailed, .internalFault: .internalServerError
        }
    }

    /// The code's family, as the error body's `type` names it.
    var type: String {
        switch status.code {
        case 404: "not_found_error"
        case 409: "conflict_error"
        case 429: "rate_limit_error"
        case 503: "unavailable_error"
        case 500...: "server_error"
        default: "invalid_request_error"
        }
    }
}

extension APIError {
    /// Seconds a client is told to wait where nobody can say better: a reader restarts within that.
    static let retryAfterSecondsUnknown = 5

    /// What a refusal or failure in the queue or a reader is to the client.
    init(_ error: ServingError) {
        let message = error.description
        switch error {
        case .full(_, _, _, let retryAfter), .fullOfTokens(_, _, _, let retryAfter):
            self.init(.queueFull, message, retryAfterSeconds: Self.seconds(retryAfter))
        case .listTooLong, .listTooManyTokens: self.init(.listTooLong, message, field: "text")
        case .emptyPrompt: self.init(.emptyPrompt, message, field: "text")
        case .promptTooLong: self.init(.promptTooLong, message, field: "text")
        case .invalidParameter(let name, _, _): self.init(.invalidField, message, field: name)
        case .noReader(_, let retryAfter), .modelReplaced(_, let retryAfter):
            self.init(.noReader, message, retryAfterSeconds: Self.seconds(retryAfter))
        case .queueTimeout:
            self.init(.noReader, message, retryAfterSeconds: Self.retryAfterSecondsUnknown)
        case .draining:
            self.init(.draining, message, retryAfterSeconds: Self.retryAfterSecondsUnknown)
        case .identityMismatch: self.init(.identityConflict, message)
        case .poison, .nonFiniteLogit, .allTokensBanned, .refusedByWorkers:
            self.init(.generationFailed, message)
        }
    }

    /// What a refusal to start or stop a reader is to the client.
    init(_ error: ControllerError) {
        let message = error.description
        switch error {
        case .invalidModel: self.init(.invalidModel, message, field: "model_name")
        case .pathOutsideRoots: self.init(.pathOutsideRoots, message, field: "model_name")
        case .identityConflict: self.init(.identityConflict, message, field: "consumer_group")
        case .invalidSetting(let key, _, _): self.init(.invalidSetting, message, field: key)
        case .insufficientMemory: self.init(.insufficientMemory, message)
        case .memoryUnknown: self.init(.internalFault, message)
        case .unknownReader: self.init(.unknownReader, message)
        case .duplicateReader: self.init(.duplicateReader, message)
        case .tooManyReaders: self.init(.tooManyReaders, message)
        case .draining:
            self.init(.draining, message, retryAfterSeconds: Self.retryAfterSecondsUnknown)
        }
    }

    /// What any other error is to the client.
    init(_ error: any Error) {
        switch error {
        case let error as APIError: self = error
        case let error as ServingError: self.init(error)
        case let error as ControllerError: self.init(error)
        case is CancellationError: self.init(.clientGone, "the client closed the connection")
        default: self.init(.internalFault, "this server failed to answer; its log says why")
        }
    }

    private static func seconds(_ duration: Duration) -> Int {
        max(1, Int(clamping: duration.wholeSeconds))
    }
}
