import WorkerMessages

/// One layout of the split benchmark.
struct SplitCell: Hashable {
    /// Ranks of each reader.
    let tensorParallel: Int
    /// Readers.
    let replicas: Int
    /// How ranks put their slices together; of no consequence for one rank.
    let transport: Transport

    /// The layouts the benchmark compares: splits, replicas, and both.
    static func all(transports: [Transport]) -> [SplitCell] {
        var cells = [SplitCell(tensorParallel: 1, replicas: 1, transport: .shm)]
        for transport in transports {
            cells += [2, 4].map { SplitCell(tensorParallel: $0, replicas: 1, transport: transport) }
        }
        cells += [2, 4].map { SplitCell(tensorParallel: 1, replicas: $0, transport: .shm) }
        return cells + transports.map { SplitCell(tensorParallel: 2, replicas: 2, transport: $0) }
    }

    /// Worker processes of the layout.
    var processCount: Int { tensorParallel * replicas }

    /// Such as `2-way shm`, `4 replicas`, `2 x 2 unix`.
    var label: String {
        switch (tensorParallel, replicas) {
        case (1, 1): "1-way"
        case (1, _): "\(replicas) replicas"
        case (_, 1): "\(tensorParallel)-way \(transport.rawValue)"
        default: "\(tensorParallel) x \(replicas) \(transport.rawValue)"
        }
    }
}

/// What one run of one cell at one concurrency gave.
struct SplitMeasurement {
    /// Prompt tokens of all sequences together, over the time until all have their first token.
    var promptTokensPerSecond = 0.0
    /// Tokens of all sequences together, over the time when all were decoding.
    var tokensPerSecond = 0.0
    /// Milliseconds from one token of a sequence to its next.
    var millisecondsPerToken = 0.0
    /// Ranks' time in gathers as a share of gathers and arithmetic.
    var collectiveShare = 0.0
    /// Controller's part of the readers' busy time.
    var controllerShare = 0.0
    /// Rank 0's work that every rank repeats (norms, residuals, embedding, sampling), as a share of busy time.
    var serialShare = 0.0
    /// Proportional set size of each worker, bytes.
    var processByteCounts: [Int] = []
}
