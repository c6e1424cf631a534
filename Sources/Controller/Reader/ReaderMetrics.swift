import Metrics

/// One reader's counters, in the metrics backend from its first start to its removal.
struct ReaderMetrics: Sendable {
    /// Steps finished.
    let steps: Counter
    /// Tokens drawn.
    let tokens: Counter
    /// Deaths of its workers, orders to end left out.
    let deaths: Counter
    /// Sequences it gave back to the queue.
    let requeued: Counter
    /// Steps its workers refused.
    let refusals: Counter

    /// Registers the counters.
    init(reader: ReaderID, consumerGroup: String, factory: any MetricsFactory) {
        let dimensions = [("reader", reader.name), ("consumer_group", consumerGroup)]
        func counter(_ label: String) -> Counter {
            Counter(label: label, dimensions: dimensions, factory: factory)
        }
        steps = counter("skein_steps_total")
        tokens = counter("skein_tokens_total")
        deaths = counter("skein_reader_deaths_total")
        requeued = counter("skein_requeued_sequences_total")
        refusals = counter("skein_refused_steps_total")
    }

    /// Takes the counters out of the backend.
    func destroy() {
        for counter in [steps, tokens, deaths, requeued, refusals] { counter.destroy() }
    }
}
