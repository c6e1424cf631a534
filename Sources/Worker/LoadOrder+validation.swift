import Collectives
import Models
import Platform
import Tensors
import WorkerMessages

extension LoadOrder {
    /// Rows, slots, positions and blocks at most, so that no size of a buffer overflows.
    static let rowCountLimit = 1 << 20
    static let slotCountLimit = 1 << 16
    static let sequenceLengthLimit = 1 << 24
    static let blockCountLimit = 1 << 30

    /// Checks what can be checked without the model.
    func validate() throws(FailureReport) {
        try check("tensor_parallel", rankCount, 1...ShardPlan.rankCountMax)
        try check("rank", rank, 0...rankCount - 1)
        try check("thread count", threadCount, 1...ThreadTeam.memberCountMax)
        try check("max_batch_size", maxBatchSize, 1...LoadOrder.slotCountLimit)
        try check("max_sequence_length", maxSequenceLength, 1...LoadOrder.sequenceLengthLimit)
        try check("block count", blockCount, 1...LoadOrder.blockCountLimit)
        try check("rows per step", rowCountMax, 1...LoadOrder.rowCountLimit)
        guard cores.isEmpty || cores.count == threadCount else {
            throw .invalidOrder("\(cores.count) cores for \(threadCount) threads: one each or none")
        }
        _ = try weightFormat()
        _ = try keyValueFormat()
    }

    /// The format of the KV cache.
    func keyValueFormat() throws(FailureReport) -> KVType {
        guard let type = KVType(rawValue: keyValueType) else {
            let allowed = KVType.allCases.map(\.rawValue).joined(separator: ", ")
            throw FailureReport(
                code: .unsupported, message: "KV cache type is \"\(keyValueType)\", allowed are \(allowed)")
        }
        return type
    }

    /// The format of the matrices.
    func weightFormat() throws(FailureReport) -> WeightFormat {
        guard let format = WeightFormat(rawValue: weightType) else {
            let allowed = WeightFormat.allCases.map(\.rawValue).joined(separator: ", ")
            throw FailureReport(
                code: .unsupported, message: "weight type is \"\(weightType)\", allowed are \(allowed)")
        }
        return format
    }

    /// Checks the order against the model: the pack's size and layout, and positions that exist.
    func validate(_ configuration: ModelConfiguration, layout: PackLayout) throws(FailureReport) {
        guard packByteCount == layout.byteCount else {
            throw .invalidOrder("the pack has \(packByteCount) bytes, this model's has \(layout.byteCount)")
        }
        guard layoutID == layout.layoutID else {
            throw .invalidOrder("the pack's layout is \(layoutID), this model's is \(layout.layoutID)")
        }
        guard maxSequenceLength <= configuration.maxPositionCount else {
            throw .invalidOrder(
                "max_sequence_length is \(maxSequenceLength), "
                    + "the model has \(configuration.maxPositionCount) positions"
            )
        }
    }

    /// Descriptors that come with the order: control page, links to the other ranks, writable pack.
    var descriptorCount: Int {
        let links = rankCount == 1 ? 0 : transport == .shm ? 1 : rankCount - 1
        return 1 + links + (packRole == .build ? 1 : 0)
    }

    /// The limits of this order's steps.
    func stepLimits(vocabularyCount: Int) -> StepLimits {
        StepLimits(
            slotCount: maxBatchSize, rowCountMax: rowCountMax, maxSequenceLength: maxSequenceLength,
            blockCount: blockCount, vocabularyCount: vocabularyCount)
    }

    /// How this rank reaches the others, from the descriptors that follow the control page.
    func link(_ descriptors: [OwnedDescriptor], gatherByteCountMax: Int) throws -> Communicator.Link {
        guard rankCount > 1 else { return .alone }
        switch transport {
        case .shm:
            let byteCount = Communicator.sharedByteCount(
                rankCount: rankCount, gatherByteCountMax: gatherByteCountMax)
            let file = try MemoryFile(adopting: descriptors[0], expectedByteCount: byteCount)
            return .sharedMemory(try file.map(.readWrite))
        case .unix:
            var sockets: [OwnedDescriptor?] = Array(descriptors.prefix(rankCount - 1))
            sockets.insert(nil, at: rank)
            return .sockets(sockets)
        }
    }

    private func check(_ what: StaticString, _ value: Int, _ allowed: ClosedRange<Int>) throws(FailureReport)
    {
        guard allowed.contains(value) else {
            throw .invalidOrder(
                "\(what) is \(value), allowed are \(allowed.lowerBound) to \(allowed.upperBound)")
        }
    }
}
