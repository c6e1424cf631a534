import CoreMetrics

/// The families this target counts into; the first two are named as on Takeoff's dashboards (contract 5.4).
enum MetricNames {
    /// Counter by method, path (the route's pattern) and status.
    static let requests = "http_requests_total"
    /// Histogram by method and path: time until the answer's head, which for a stream is its first token.
    static let requestSeconds = "http_requests_duration_seconds"
    /// Counter by consumer group: tokens of admitted prompts.
    static let promptTokens = "skein_prompt_tokens_total"
    /// Counter by consumer group: tokens handed to clients.
    static let generatedTokens = "skein_generated_tokens_total"
    /// Counter by reader: how often its workers were started again; read from the fleet at each scrape.
    static let readerRestarts = "skein_reader_restarts_total"
    /// Gauge by consumer group: sequences waiting; read from the fleet at each scrape.
    static let queueDepth = "skein_queue_depth"
    /// Gauge by reader: 1 if it is ready; read from the fleet at each scrape.
    static let readerReady = "skein_reader_ready"

    /// Gives all families their HELP lines.
    static func describe(in metrics: MetricsRegistry) {
        metrics.describe(requests, "HTTP requests answered, by method, route and status.")
        metrics.describe(requestSeconds, "Seconds until the head of the answer was ready.")
        metrics.describe(promptTokens, "Tokens of prompts admitted to a queue.")
        metrics.describe(generatedTokens, "Tokens handed to clients.")
        metrics.describe(readerRestarts, "Starts of a reader's workers after the first.")
        metrics.describe(queueDepth, "Sequences that wait for a reader.")
        metrics.describe(readerReady, "1 while the reader takes requests, else 0.")
    }
}
