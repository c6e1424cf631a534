/// Why a request is refused or ends without its answer. HTTPAPI decides the status of each.
package enum ServingError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The group's queue has no room for the whole list.
    case full(limit: Int, depth: Int, requested: Int, retryAfter: Duration)
    /// The group's queue has no room for the prompts of the whole list.
    case fullOfTokens(limit: Int, waiting: Int, requested: Int, retryAfter: Duration)
    /// The list would not fit into an empty queue.
    case listTooLong(count: Int, limit: Int)
    /// The list's prompts would not fit into an empty queue.
    case listTooManyTokens(count: Int, limit: Int)
    /// A prompt without a token.
    case emptyPrompt
    /// A prompt that leaves no room for a new token.
    case promptTooLong(count: Int, limit: Int)
    /// A parameter outside its range.
    case invalidParameter(name: String, value: String, allowed: String)
    /// No reader of the group is ready; nothing was queued.
    case noReader(group: String, retryAfter: Duration)
    /// The group began to serve something else while the request was prepared; nothing was queued.
    case modelReplaced(group: String, retryAfter: Duration)
    /// The last reader went, and none came back in time.
    case queueTimeout(group: String, limit: Duration)
    /// The server or the group is being stopped.
    case draining(group: String)
    /// A reader serves something else than its consumer group does.
    case identityMismatch(group: String, current: ReaderIdentity, offered: ReaderIdentity)
    /// Readers died under this request time and again, the last one while it ran alone.
    case poison(deathCount: Int)
    /// The model computed a logit that is not finite; `layer` is where that began, or -1.
    case nonFiniteLogit(stepNumber: UInt64, layer: Int)
    /// The request's bans leave no token to draw.
    case allTokensBanned(stepNumber: UInt64)
    /// The workers refused the step that would have brought the request to them.
    case refusedByWorkers(reason: String)

    package var description: String {
        switch self {
        case .full(let limit, let depth, let requested, let retryAfter):
            "the queue holds \(depth) of at most \(limit) requests and has no room for \(requested) more; "
                + "try again in \(retryAfter.wholeSeconds) s"
        case .fullOfTokens(let limit, let waiting, let requested, let retryAfter):
            "the queue holds \(waiting) of at most \(limit) prompt tokens (max_queue_tokens) and has no room for "
                + "\(requested) more; try again in \(retryAfter.wholeSeconds) s"
        case .listTooManyTokens(let count, let limit):
            "\(count) prompt tokens in one request, and max_queue_tokens is \(limit)"
        case .listTooLong(let count, let limit):
            "\(count) sequences in one request, and max_queue is \(limit)"
        case .emptyPrompt: "the prompt has no token"
        case .promptTooLong(let count, let limit):
            "the prompt has \(count) tokens, and prompt and answer together may have \(limit) "
                + "(max_sequence_length): at most \(limit - 1) leave room for an answer"
        case .invalidParameter(let name, let value, let allowed): "\(name) is \(value), allowed: \(allowed)"
        case .noReader(let group, let retryAfter):
            "consumer group \(group) has no ready reader; try again in \(retryAfter.wholeSeconds) s"
        case .modelReplaced(let group, let retryAfter):
            "consumer group \(group) serves another model since the request came; try again in "
                + "\(retryAfter.wholeSeconds) s"
        case .queueTimeout(let group, let limit):
            "consumer group \(group) has had no ready reader for \(limit.wholeSeconds) s (queue_timeout)"
        case .draining(let group): "consumer group \(group) is being stopped and takes no more requests"
        case .identityMismatch(let group, let current, let offered):
            "consumer group \(group) serves \(current); a reader with \(offered) cannot join it"
        case .poison(let deathCount):
            "\(deathCount) readers in a row died while computing this request, the last one computing it "
                + "alone"
        case .nonFiniteLogit(let stepNumber, let layer):
            "step \(stepNumber) computed a logit that is not finite, "
                + (layer < 0 ? "in an unknown layer" : "first in layer \(layer)")
        case .allTokensBanned(let stepNumber):
            "step \(stepNumber) had no token to draw: every id is banned"
        case .refusedByWorkers(let reason): "the workers refused the request: \(reason)"
        }
    }
}

extension Duration {
    /// Seconds, rounded up, for headers and messages.
    package var wholeSeconds: Int64 {
        let parts = components
        return parts.seconds + (parts.attoseconds > 0 ? 1 : 0)
    }

    /// Nanoseconds, rounded towards zero; the largest number for what is longer than 292 years.
    package var wholeNanoseconds: Int64 {
        let parts = components
        let (product, overflows) = parts.seconds.multipliedReportingOverflow(by: 1_000_000_000)
        let (sum, overflowsToo) = product.addingReportingOverflow(parts.attoseconds / 1_000_000_000)
        return overflows || overflowsToo ? (parts.seconds < 0 ? .min : .max) : sum
    }
}
