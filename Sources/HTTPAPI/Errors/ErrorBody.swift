import HTTPTypes
import Hummingbird

/// The body of every answer that is not a success (docs/HTTP.md):
/// `{"error": {"code": "queue_full", "field": null, "message": "…", "type": "rate_limit_error"}}`.
struct ErrorBody: Encodable {
    struct Details: Encodable {
        /// For programs; see `APIError.Code`.
        let code: String
        /// The body's field, or null.
        let field: String?
        /// For people: one sentence.
        let message: String
        /// The code's family.
        let type: String

        enum CodingKeys: CodingKey { case code, field, message, type }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(code, forKey: .code)
            // Written as null rather than left out, so that the shape is always the same.
            try container.encode(field, forKey: .field)
            try container.encode(message, forKey: .message)
            try container.encode(type, forKey: .type)
        }
    }

    let error: Details

    init(_ error: APIError) {
        self.error = Details(
            code: error.code.rawValue, field: error.field, message: error.message, type: error.code.type)
    }
}

extension APIError {
    /// The answer a client gets.
    var response: Response {
        var response = JSONAnswer.response(ErrorBody(self), status: code.status)
        if let retryAfterSeconds { response.headers[.retryAfter] = String(retryAfterSeconds) }
        if !allowedMethods.isEmpty { response.headers[.allow] = allowedMethods.joined(separator: ", ") }
        return response
    }
}
