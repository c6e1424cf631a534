package import Collectives
package import Platform
package import Tensors
package import WorkerMessages

/// Executes steps on one rank: the whole of a worker's arithmetic, from a frame to its answer.
///
/// All memory is reserved by `init`; a step allocates nothing but what its result needs for hashes,
/// candidates and newly installed lists of bans. A class: it owns the cache, the buffers and the
/// communicator.
package final class ModelExecutor {
    /// What frames are checked against.
    package let limits: StepLimits
    /// Bytes reserved for keys and values.
    package var keyValueByteCount: Int { forward.cache.byteCount }
    /// Bytes of activation buffers.
    package let activationByteCount: Int

    private let pack: Pack
    private let page: RankPage
    private let rank: Int
    private let forward: ForwardPass
    private let logitsStage: LogitsStage
    private var slots: SlotTable
    private var batch: RowBatch
    private var probe: RowBatch
    private let clock = ContinuousClock()

    /// Makes an executor for one rank of a model.
    ///
    /// The communicator's largest gather must hold `ActivationPlan.gatherByteCountMax` bytes.
    package init(
        _ configuration: ModelConfiguration, pack: Pack, plan: ShardPlan, rank: Int, keyValueType: KVType,
        limits: StepLimits,
        communicator: Communicator, team: ThreadTeam, kernels: Kernels, page: RankPage
    ) throws(SystemError) {
        let shard = plan[rank]
        let activations = ActivationPlan(
            configuration, layout: pack.layout, shard: shard, rowCountMax: limits.rowCountMax)
        self.limits = limits
        self.pack = pack
        self.page = page
        self.rank = rank
        activationByteCount = activations.byteCount
        forward = try ForwardPass(
            configuration,
            model: DecoderModel(configuration, pack: pack, maxSequenceLength: limits.maxSequenceLength),
            shard: shard, plan: activations, maxSequenceLength: limits.maxSequenceLength,
            cache: try KVCache(
                configuration, shard: shard, type: keyValueType, blockCount: limits.blockCount),
            gathers: RankGathers(communicator, plan: plan),
            work: WorkSplit(
                team: team, kernels: kernels, page: page,
                quantized: try QuantizedBuffer(
                    rowCountMax: activations.quantizedRowCountMax,
                    columnCountMax: activations.quantizedColumnCount)))
        logitsStage = try LogitsStage(
            configuration, forward: forward, plan: plan, rank: rank, activations: activations, limits: limits)
        slots = SlotTable(limits: limits)
        batch = RowBatch(rowCountMax: limits.rowCountMax)
        probe = RowBatch(rowCountMax: 1)
    }

    /// Lets `tap` see each whole row of raw logits that is hashed from now on; rank 0 only. For comparisons
    /// with other implementations: nothing else lets logits leave a worker.
    package func tapRawLogits(_ tap: @escaping (FloatView) -> Void) { logitsStage.rawLogitsTap = tap }

    /// Counts a frame that could not be decoded.
    package func skipStep() { slots.skipStep() }

    /// Performs a step. Rank 0 fills `result`; the other ranks leave it empty.
    ///
    /// Throws a `FailureReport` for a frame that it refuses, with every slot as it was, and a
    /// `CollectiveError` if the ranks lost each other, after which the executor is of no use.
    package func execute(_ frame: StepFrame, into result: inout StepResult) throws {
        let start = clock.now
        result.removeAll()
        result.stepNumber = frame.stepNumber
        try slots.validate(frame)
        page.begin(step: frame.stepNumber)
        let waitStart = page.snapshot().waitNanoseconds
        for copy in frame.blockCopies { forward.cache.copyBlock(copy.source, over: copy.destination) }
        slots.apply(frame)
        batch.fill(from: frame, sequences: slots.sequences)
        try forward.run(batch, sequences: slots.sequences)
        let serialDuration = forward.serialDuration
        try logitsStage.run(batch, frame: frame, sequences: slots.sequences, into: &result)
        try reportNonFiniteRows(into: &result)
        guard rank == 0 else { return }
        let total = UInt64(nanoseconds: clock.now - start)
        result.gatherNanoseconds = page.snapshot().waitNanoseconds - waitStart
        result.sampleNanoseconds = UInt64(nanoseconds: logitsStage.sampleDuration)
        result.serialNanoseconds = UInt64(nanoseconds: serialDuration)
        let rest = result.gatherNanoseconds + result.sampleNanoseconds
        result.computeNanoseconds = total > rest ? total - rest : 0
    }

    /// Finds the layer in which a failed row first holds a number that is not finite, by passing that row
    /// alone through the layers again. Every rank knows the same rows and sees the same numbers.
    private func reportNonFiniteRows(into result: inout StepResult) throws(CollectiveError) {
        let failedRows = logitsStage.nonFiniteRows
        for (group, row) in failedRows.enumerated() where row >= 0 {
            probe.isolate(row: row, of: batch)
            var layer: Int32 = -1
            let hidden = forward.buffers.hidden.view.row(0).readOnly
            let kernels = forward.work.kernels
            try forward.run(probe, sequences: slots.sequences) { index in
                guard kernels.firstNonFinite(hidden) != nil else { return false }
                layer = Int32(index)
                return true
            }
            guard rank == 0 else { continue }
            result.groups[group].outcome = .nonFinite
            result.groups[group].detail = layer
            result.groups[group].token = -1
            result.groups[group].candidates = 0..<0
            result.groups[group].logProbabilities = 0..<0
            result.groups[group].continuations = 0..<0
        }
    }
}

extension UInt64 {
    /// A duration in nanoseconds, rounded down.
    fileprivate init(nanoseconds duration: Duration) {
        let (seconds, attoseconds) = duration.components
        self =
            UInt64(Swift.max(0, seconds)) * 1_000_000_000 + UInt64(Swift.max(0, attoseconds) / 1_000_000_000)
    }
}
