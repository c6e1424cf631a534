import Metrics
import Serving
import WorkerMessages

/// The families that readers record into, all with the labels `consumer_group` and `reader`.
package enum ReaderMetricNames {
    /// Counter: steps finished.
    package static let steps = "skein_steps_total"
    /// Counter: tokens drawn.
    package static let tokens = "skein_tokens_total"
    /// Counter: deaths of its workers, orders to end left out.
    package static let deaths = "skein_reader_deaths_total"
    /// Counter: sequences it gave back to the queue.
    package static let requeued = "skein_requeued_sequences_total"
    /// Counter: steps its workers refused.
    package static let refusals = "skein_refused_steps_total"
    /// Histogram: seconds from one step's end, or the arrival of work, to the next step's end.
    package static let stepDuration = "skein_step_duration_seconds"
    /// Counter, with label `phase`: where these seconds went.
    package static let stepPhases = "skein_step_seconds_total"
    /// Counter: the part of the phase `compute` that every rank repeats instead of sharing it.
    package static let serial = "skein_step_serial_seconds_total"
    /// Histogram, with label `kind`: rows of one step.
    package static let rows = "skein_step_rows"
    /// Histogram: sequences in one step.
    package static let batchSize = "skein_step_sequences"
}

/// One reader's counters, in the metrics backend from its first start to its removal.
struct ReaderMetrics: Sendable {
    /// What a step's time goes into; together they are the whole of it.
    enum Phase: String, CaseIterable, Sendable {
        /// The controller: taking from the queue, planning, encoding, handing out tokens.
        case plan
        /// Rank 0's arithmetic.
        case compute
        /// Rank 0's gathers, the wait for slower ranks included.
        case collective
        /// Rank 0's sampling.
        case sample
        /// The rest between the frame's sending and the result's arrival: sockets and wake-ups.
        case wait
    }

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
    private let stepDuration: Metrics.Timer
    private let batchSize: Recorder
    private let decodeRows: Recorder
    private let prefillRows: Recorder
    private let serial: FloatingPointCounter
    /// In the order of `Phase.allCases`.
    private let phases: [FloatingPointCounter]

    /// Registers the counters.
    init(reader: ReaderID, consumerGroup: String, factory: any MetricsFactory) {
        let dimensions = [("reader", reader.name), ("consumer_group", consumerGroup)]
        func counter(_ label: String) -> Counter {
            Counter(label: label, dimensions: dimensions, factory: factory)
        }
        steps = counter(ReaderMetricNames.steps)
        tokens = counter(ReaderMetricNames.tokens)
        deaths = counter(ReaderMetricNames.deaths)
        requeued = counter(ReaderMetricNames.requeued)
        refusals = counter(ReaderMetricNames.refusals)
        stepDuration = Timer(
            label: ReaderMetricNames.stepDuration, dimensions: dimensions, preferredDisplayUnit: .seconds,
            factory: factory)
        batchSize = Recorder(
            label: ReaderMetricNames.batchSize, dimensions: dimensions, aggregate: true, factory: factory)
        func rows(_ kind: String) -> Recorder {
            Recorder(
                label: ReaderMetricNames.rows, dimensions: dimensions + [("kind", kind)], aggregate: true,
                factory: factory)
        }
        decodeRows = rows("decode")
        prefillRows = rows("prefill")
        serial = FloatingPointCounter(
            label: ReaderMetricNames.serial, dimensions: dimensions, factory: factory)
        phases = Phase.allCases.map { phase in
            FloatingPointCounter(
                label: ReaderMetricNames.stepPhases, dimensions: dimensions + [("phase", phase.rawValue)],
                factory: factory)
        }
    }

    /// Notes a finished step: called once a step, by the reader's own thread.
    func finishedStep(_ step: StepMeter.Step, sequenceCount: Int, tokenCount: Int, rows: SchedulerStatistics)
    {
        steps.increment()
        tokens.increment(by: tokenCount)
        stepDuration.recordNanoseconds(step.total.wholeNanoseconds)
        batchSize.record(sequenceCount)
        decodeRows.record(rows.lastDecodeRowCount)
        prefillRows.record(rows.lastPrefillRowCount)
        serial.increment(by: step.serial.inSeconds)
        for (phase, counter) in zip(Phase.allCases, phases) {
            counter.increment(by: step[phase].inSeconds)
        }
    }

    /// Takes the counters out of the backend.
    func destroy() {
        for counter in [steps, tokens, deaths, requeued, refusals] { counter.destroy() }
        for counter in phases + [serial] { counter.destroy() }
        stepDuration.destroy()
        for recorder in [batchSize, decodeRows, prefillRows] { recorder.destroy() }
    }
}
