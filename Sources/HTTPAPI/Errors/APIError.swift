/// A request that is refused or fails before its answer began: what the client is told, without saying how
/// HTTP numbers it.
///
/// `StatusCodes.swift` gives each code its status.
struct APIError: Error, Equatable {
    /// A closed set; the raw value is the `code` of the error body, for programs.
    enum Code: String, CaseIterable, Sendable {
        /// The body is not JSON or not UTF-8.
        case malformedBody = "malformed_body"
        /// The body is longer than the limit.
        case bodyTooLarge = "body_too_large"
        /// Content-Type is not JSON in UTF-8.
        case unsupportedContentType = "unsupported_content_type"
        /// A field that must be there is not.
        case missingField = "missing_field"
        /// A field has the wrong type or lies outside its range.
        case invalidField = "invalid_field"
        /// A field asks for something this server does not do.
        case unsupportedField = "unsupported_field"
        /// No consumer group has this name.
        case unknownConsumerGroup = "unknown_consumer_group"
        /// The prompt has no token, and the model has none to begin a text with.
        case emptyPrompt = "empty_prompt"
        /// The prompt leaves no room for a new token.
        case promptTooLong = "prompt_too_long"
        /// A list holds more prompts than the queue ever does.
        case listTooLong = "list_too_long"
        /// The model's files cannot be served.
        case invalidModel = "invalid_model"
        /// A reader's setting cannot work.
        case invalidSetting = "invalid_setting"
        /// A reader's model lies outside the folders it may come from.
        case pathOutsideRoots = "path_outside_model_roots"
        /// Nothing is served under this path.
        case unknownPath = "unknown_path"
        /// The path knows other methods.
        case methodNotAllowed = "method_not_allowed"
        /// No reader has this name.
        case unknownReader = "unknown_reader"
        /// The consumer group serves another model, format or limit.
        case identityConflict = "identity_conflict"
        /// A reader of this name exists.
        case duplicateReader = "duplicate_reader"
        /// The machine lacks the memory for this reader beside the others.
        case insufficientMemory = "insufficient_memory"
        /// The server runs as many readers as it may.
        case tooManyReaders = "too_many_readers"
        /// The queue is full.
        case queueFull = "queue_full"
        /// No reader of the group is ready, or the request waited too long for one.
        case noReader = "no_ready_reader"
        /// The server is shutting down.
        case draining
        /// The client hung up; nobody reads this answer.
        case clientGone = "client_gone"
        /// The request failed where it was computed.
        case generationFailed = "generation_failed"
        /// A fault of this server.
        case internalFault = "internal_error"
    }

    /// What kind of refusal.
    var code: Code
    /// One sentence with the offending value and what is allowed.
    var message: String
    /// The body's field, if one is to blame.
    var field: String?
    /// When to try again, in whole seconds, if that may help.
    var retryAfterSeconds: Int?
    /// The methods of the path, for `methodNotAllowed`.
    var allowedMethods: [String] = []

    /// Makes an error.
    init(_ code: Code, _ message: String, field: String? = nil, retryAfterSeconds: Int? = nil) {
        self.code = code
        self.message = message
        self.field = field
        self.retryAfterSeconds = retryAfterSeconds
    }
}
