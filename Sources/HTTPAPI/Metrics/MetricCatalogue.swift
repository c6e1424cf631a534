import Controller
import Serving

/// Every family that `/metrics` has, in the order of docs/METRICS.md; a test compares the two.
///
/// No label takes a value that a client chooses: routes are patterns, statuses and codes come from closed sets, and
/// groups and readers are an operator's, whose series go when they do.
package enum MetricCatalogue {
    /// All families.
    package static let families: [MetricFamily] =
        http + sequences + queue + readers + workers + process + takeoff + [droppedSeries]

    /// Requests as HTTP sees them.
    static let http: [MetricFamily] = [requests, requestHead, requestDuration, requestsInFlight, refusals]

    /// The names of the first two, and of their labels, are those on Takeoff's boards (contract 5.4).
    static let requests = MetricFamily(
        "http_requests_total", .counter, ["method", "path", "status"],
        "HTTP requests answered; path is the route's pattern.")
    /// See `requests`.
    static let requestHead = MetricFamily(
        histogram: "http_requests_duration_seconds", ["method", "path"],
        "Seconds until the head of the answer was ready; for a stream that is its first event.",
        .answerSeconds)
    static let requestDuration = MetricFamily(
        histogram: "skein_request_duration_seconds", ["method", "path"],
        "Seconds until the end of the answer: a request's latency from end to end.", .answerSeconds)
    static let requestsInFlight = MetricFamily(
        "skein_requests_in_flight", .gauge, ["method", "path"],
        "Requests whose answers have not ended.")
    static let refusals = MetricFamily(
        "skein_requests_refused_total", .counter, ["code"],
        "Requests answered with an error, by the code of the error body.")

    /// Sequences, each one token stream of a request, by consumer group.
    static let sequences: [MetricFamily] = [
        MetricFamily(
            GroupMetricNames.promptTokens, .counter, ["consumer_group"], "Tokens of admitted prompts."),
        MetricFamily(
            GroupMetricNames.generatedTokens, .counter, ["consumer_group"], "Tokens handed to clients."),
        timeToFirstToken,
        MetricFamily(
            histogram: GroupMetricNames.interToken, ["consumer_group"],
            "Seconds between two tokens of one sequence.", .stepSeconds),
        MetricFamily(
            histogram: GroupMetricNames.timePerOutputToken, ["consumer_group"],
            "Seconds per token after the first, one value a sequence.", .stepSeconds),
        MetricFamily(
            histogram: GroupMetricNames.queueWait, ["consumer_group"],
            "Seconds from admission until a reader took the sequence for the first time.", .answerSeconds),
        MetricFamily(
            histogram: GroupMetricNames.queuePosition, ["consumer_group"],
            "Sequences that were to be taken before a sequence when it was admitted.", .counts),
        promptLength, generatedLength,
        MetricFamily(
            GroupMetricNames.endings, .counter, ["consumer_group", "reason"],
            "Sequences that have ended: by a finish reason, failed, or cancelled by their clients."),
    ]
    static let timeToFirstToken = MetricFamily(
        histogram: GroupMetricNames.timeToFirstToken, ["consumer_group"],
        "Seconds from admission to the first token.", .answerSeconds)
    static let promptLength = MetricFamily(
        histogram: GroupMetricNames.promptLength, ["consumer_group"], "Tokens of a prompt.", .counts)
    static let generatedLength = MetricFamily(
        histogram: GroupMetricNames.generatedLength, ["consumer_group"],
        "New tokens of a sequence that has ended.", .counts)

    /// Queues, read at each scrape.
    static let queue: [MetricFamily] = [
        queueDepth, queueLimit, queueAge, queueTokens, queueTokenLimit, queueLineDepth, queueLineAge,
    ]
    static let queueDepth = MetricFamily(
        "skein_queue_depth", .gauge, ["consumer_group"], "Sequences that wait for a reader.")
    static let queueLimit = MetricFamily(
        "skein_queue_limit", .gauge, ["consumer_group"], "Sequences that may wait at most.")
    static let queueAge = MetricFamily(
        "skein_queue_oldest_age_seconds", .gauge, ["consumer_group"],
        "How long the oldest waiting sequence has waited; 0 if none waits.")
    static let queueTokens = MetricFamily(
        "skein_queue_tokens", .gauge, ["consumer_group"], "Tokens of the prompts that wait for a reader.")
    static let queueTokenLimit = MetricFamily(
        "skein_queue_tokens_limit", .gauge, ["consumer_group"], "Prompt tokens that may wait at most.")
    static let queueLineDepth = MetricFamily(
        "skein_queue_priority_depth", .gauge, ["consumer_group", "priority"],
        "Sequences of one priority that wait for a reader.")
    static let queueLineAge = MetricFamily(
        "skein_queue_priority_oldest_age_seconds", .gauge, ["consumer_group", "priority"],
        "How long the oldest waiting sequence of one priority has waited; 0 if none waits.")

    /// What the server lost because a family was full.
    static let droppedSeries = MetricFamily(
        "skein_metrics_dropped_series_total", .counter, [],
        "Label sets refused because their family was full.")
}
