package import Metrics

/// The families that consumer groups record into, all with the label `consumer_group`.
package enum GroupMetricNames {
    /// Counter: tokens of admitted prompts.
    package static let promptTokens = "skein_prompt_tokens_total"
    /// Counter: tokens handed to clients.
    package static let generatedTokens = "skein_generated_tokens_total"
    /// Histogram: seconds from admission until a reader takes a sequence for the first time.
    package static let queueWait = "skein_queue_wait_seconds"
    /// Histogram: sequences that were to be taken before a sequence when it was admitted.
    package static let queuePosition = "skein_queue_position"
    /// Histogram: seconds from admission to the first token.
    package static let timeToFirstToken = "skein_time_to_first_token_seconds"
    /// Histogram: seconds between two tokens of one sequence.
    package static let interToken = "skein_inter_token_seconds"
    /// Histogram: one value a sequence, the mean of its times between tokens.
    package static let timePerOutputToken = "skein_time_per_output_token_seconds"
    /// Histogram: tokens of a prompt.
    package static let promptLength = "skein_sequence_prompt_tokens"
    /// Histogram: new tokens of a sequence that has ended.
    package static let generatedLength = "skein_sequence_generated_tokens"
    /// Summary: sequences of one request; the name on Takeoff's boards (contract 5.4).
    package static let requestSize = "user_batch_size"
    /// Counter, with label `reason`: sequences that have ended.
    package static let endings = "skein_sequences_finished_total"
}

/// One consumer group's counters and histograms, in the metrics backend from its first request to its removal.
///
/// Recording into any of them neither locks nor allocates if the backend does not.
package struct GroupMetrics: Sendable {
    let promptTokens: Counter
    let generatedTokens: Counter
    let queueWait: Metrics.Timer
    let queuePosition: Recorder
    let timeToFirstToken: Metrics.Timer
    let interToken: Metrics.Timer
    let timePerOutputToken: Metrics.Timer
    let promptLength: Recorder
    let requestSize: Recorder
    let generatedLength: Recorder
    /// In the order of `SequenceTimeline.Ending.allCases`.
    let endings: [Counter]

    /// Registers the counters.
    package init(consumerGroup: String, factory: any MetricsFactory) {
        let dimensions = [("consumer_group", consumerGroup)]
        func counter(_ label: String) -> Counter {
            Counter(label: label, dimensions: dimensions, factory: factory)
        }
        func timer(_ label: String) -> Metrics.Timer {
            Timer(
                label: label, dimensions: dimensions, preferredDisplayUnit: .seconds, factory: factory)
        }
        func recorder(_ label: String) -> Recorder {
            Recorder(label: label, dimensions: dimensions, aggregate: true, factory: factory)
        }
        promptTokens = counter(GroupMetricNames.promptTokens)
        generatedTokens = counter(GroupMetricNames.generatedTokens)
        queueWait = timer(GroupMetricNames.queueWait)
        queuePosition = recorder(GroupMetricNames.queuePosition)
        timeToFirstToken = timer(GroupMetricNames.timeToFirstToken)
        interToken = timer(GroupMetricNames.interToken)
        timePerOutputToken = timer(GroupMetricNames.timePerOutputToken)
        promptLength = recorder(GroupMetricNames.promptLength)
        requestSize = recorder(GroupMetricNames.requestSize)
        generatedLength = recorder(GroupMetricNames.generatedLength)
        endings = SequenceTimeline.Ending.allCases.map { ending in
            Counter(
                label: GroupMetricNames.endings, dimensions: dimensions + [("reason", ending.rawValue)],
                factory: factory)
        }
    }

    /// Notes that the sequences of one request were admitted.
    func admitted(_ requests: [GenerationRequest]) {
        requestSize.record(requests.count)
        for request in requests {
            promptTokens.increment(by: request.promptIDs.count)
            promptLength.record(request.promptIDs.count)
        }
    }

    /// Takes everything out of the backend.
    func destroy() {
        for counter in [promptTokens, generatedTokens] + endings { counter.destroy() }
        for timer in [queueWait, timeToFirstToken, interToken, timePerOutputToken] { timer.destroy() }
        for recorder in [queuePosition, promptLength, generatedLength, requestSize] { recorder.destroy() }
    }
}
