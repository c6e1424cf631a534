import Controller
import Serving

/// Families of readers, of processes, and those that Takeoff's boards look for.
extension MetricCatalogue {
    private static let reader = ["consumer_group", "reader"]
    private static let rank = ["consumer_group", "reader", "rank"]

    /// Readers; a removed reader's series go with it.
    static let readers: [MetricFamily] = [
        readerReady, readerDetails, readerRestarts,
        MetricFamily(
            ReaderMetricNames.deaths, .counter, reader, "Deaths of its workers; ends on order are none."),
        MetricFamily(
            ReaderMetricNames.requeued, .counter, reader, "Sequences it gave back to the queue."),
        MetricFamily(ReaderMetricNames.refusals, .counter, reader, "Steps its workers refused."),
        activeSequences,
        MetricFamily(ReaderMetricNames.steps, .counter, reader, "Steps finished."),
        MetricFamily(ReaderMetricNames.tokens, .counter, reader, "Tokens drawn."),
        MetricFamily(
            histogram: ReaderMetricNames.stepDuration, reader,
            "Seconds from one step's end, or the arrival of work, to the next step's end.", .stepSeconds),
        MetricFamily(
            ReaderMetricNames.stepPhases, .counter, reader + ["phase"],
            "Where steps' seconds went: plan (the controller), compute, collective and sample (rank 0), wait "
                + "(sockets and wake-ups); together the sum of skein_step_duration_seconds."),
        MetricFamily(
            ReaderMetricNames.serial, .counter, reader,
            "The part of the phase compute that every rank repeats instead of sharing it."),
        MetricFamily(histogram: ReaderMetricNames.batchSize, reader, "Sequences in one step.", .counts),
        MetricFamily(
            histogram: ReaderMetricNames.rows, reader + ["kind"],
            "Rows of one step: decode rows continue a sequence by one token, prefill rows are prompts'.",
            .counts),
        blocks, usedBlocks, cachedBlocks, evictedBlocks, prefixLookups, prefixHits, preemptions,
    ]
    static let blocks = MetricFamily(
        "skein_kv_blocks", .gauge, reader, "KV blocks there are, of 32 positions each.")
    static let usedBlocks = MetricFamily(
        "skein_kv_blocks_used", .gauge, reader, "KV blocks that sequences hold.")
    static let cachedBlocks = MetricFamily(
        "skein_kv_blocks_cached", .gauge, reader,
        "KV blocks that no sequence holds, kept for sequences that begin alike.")
    static let evictedBlocks = MetricFamily(
        "skein_kv_blocks_evicted_total", .counter, reader, "Kept KV blocks that were given away.")
    static let prefixLookups = MetricFamily(
        "skein_prefix_lookup_tokens_total", .counter, reader,
        "Tokens of sequences that came into a slot, looked up in the prefix cache.")
    static let prefixHits = MetricFamily(
        "skein_prefix_hit_tokens_total", .counter, reader,
        "Of these, tokens whose keys and values were there already.")
    static let preemptions = MetricFamily(
        "skein_preemptions_total", .counter, reader,
        "Sequences that had to leave their slots for lack of KV blocks.")
    static let readerReady = MetricFamily(
        "skein_reader_ready", .gauge, reader, "1 while the reader takes requests, else 0.")
    static let readerDetails = MetricFamily(
        "skein_reader_info", .gauge,
        reader + ["model", "model_type", "quant_type", "kv_cache_type", "tensor_parallel", "transport"],
        "1; the labels say what the reader serves and how it is split.")
    static let readerRestarts = MetricFamily(
        "skein_reader_restarts_total", .counter, reader, "Starts of a reader's workers after the first.")
    static let activeSequences = MetricFamily(
        "skein_reader_active_sequences", .gauge, reader, "Sequences that hold a slot.")

    /// Worker processes, read at each scrape; counters begin at zero when a worker starts again.
    static let workers: [MetricFamily] = [
        workerCompute, workerWait, workerProcessor, workerResident, workerDescriptors,
    ]
    static let workerCompute = MetricFamily(
        "skein_worker_compute_seconds_total", .counter, rank, "Seconds the rank spent in arithmetic.")
    static let workerWait = MetricFamily(
        "skein_worker_wait_seconds_total", .counter, rank, "Seconds the rank spent in gathers.")
    static let workerProcessor = MetricFamily(
        "skein_worker_cpu_seconds_total", .counter, rank, "Processor time of the worker's threads.")
    static let workerResident = MetricFamily(
        "skein_worker_resident_memory_bytes", .gauge, rank,
        "Resident bytes of the worker, the pack it shares with others counted in full.")
    static let workerDescriptors = MetricFamily(
        "skein_worker_open_fds", .gauge, rank, "Open descriptors of the worker.")

    /// The controller, read at each scrape, under the names that Prometheus clients agree on.
    static let process: [MetricFamily] = [
        processProcessor, processResident, processVirtual, processDescriptors, processDescriptorLimit,
        processStart, packBytes, build,
    ]
    static let processProcessor = MetricFamily(
        "process_cpu_seconds_total", .counter, [], "Processor time of the controller's threads.")
    static let processResident = MetricFamily(
        "process_resident_memory_bytes", .gauge, [], "Resident bytes of the controller.")
    static let processVirtual = MetricFamily(
        "process_virtual_memory_bytes", .gauge, [], "Address space of the controller in bytes.")
    static let processDescriptors = MetricFamily(
        "process_open_fds", .gauge, [], "Open descriptors of the controller.")
    static let processDescriptorLimit = MetricFamily(
        "process_max_fds", .gauge, [], "Descriptors the controller may have open.")
    static let processStart = MetricFamily(
        "process_start_time_seconds", .gauge, [], "When the controller started, in seconds since 1970.")
    static let packBytes = MetricFamily(
        "skein_pack_bytes", .gauge, [], "Bytes of the packed weights in memory, each pack counted once.")
    static let build = MetricFamily(
        "skein_build_info", .gauge, ["architecture", "protocol_version", "swift"],
        "1; the labels say what this program was built with.")

    /// The same numbers as above under the names that Takeoff's boards use (contract 5.4).
    static let takeoff: [MetricFamily] = [
        userBatchSize, takeoffFirstToken, takeoffGenerated, takeoffFilled, takeoffBatch,
    ]
    static let userBatchSize = MetricFamily(
        GroupMetricNames.requestSize, .summary, ["consumer_group"], "Sequences of one request.")
    static let takeoffFirstToken = MetricFamily(
        "time_to_first_token", .summary, ["consumer_group"],
        "Number and sum of skein_time_to_first_token_seconds.")
    static let takeoffGenerated = MetricFamily(
        "generate_sequence_lengths", .summary, ["consumer_group"],
        "Number and sum of skein_sequence_generated_tokens.")
    static let takeoffFilled = MetricFamily(
        "fill_sequence_lengths", .summary, ["consumer_group"],
        "Number and sum of skein_sequence_prompt_tokens.")
    static let takeoffBatch = MetricFamily(
        "generate_batch_size", .gauge, reader, "Sequences that hold a slot: skein_reader_active_sequences.")
}
