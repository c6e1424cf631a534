import Foundation

/// The version of the controller-worker contract; both ends are the same executable, so a mismatch means that
/// the file was replaced while the controller ran.
package let protocolVersion: UInt16 = 1

/// A worker's first frame.
package struct Hello: Codable, Equatable, Sendable {
    /// The worker's `protocolVersion`.
    package var protocolVersion: UInt16
    /// The worker's process id.
    package var processID: Int32
    /// The instruction set its kernels use: scalar, avx2, avx512, …
    package var instructionSet: String

    /// Makes a hello.
    package init(protocolVersion: UInt16, processID: Int32, instructionSet: String) {
        self.protocolVersion = protocolVersion
        self.processID = processID
        self.instructionSet = instructionSet
    }
}

/// How the ranks of a reader put their slices together.
package enum Transport: String, Codable, Sendable, CaseIterable {
    /// Shared memory, sequence numbers and futexes.
    case shm
    /// Unix sockets between all pairs of ranks.
    case unix
}

/// What a worker does about the pack.
package enum PackRole: String, Codable, Sendable {
    /// Reads its share of the checkpoint and writes it into the pack, then maps the sealed pack.
    case build
    /// Reads nothing of the checkpoint's weights and maps a sealed pack.
    case map
    /// The same, of a pack that lies in a file of the pack cache and was checked by the controller.
    case mapFile
}

/// Everything a worker needs to become one rank of a reader.
package struct LoadOrder: Codable, Equatable, Sendable {
    /// The reader this worker belongs to, for log lines.
    package var readerID: String
    /// Directory in Hugging Face layout or GGUF file, absolute.
    package var modelDirectory: String
    /// This worker's position, `0 ..< rankCount`.
    package var rank: Int
    /// `tensor_parallel`.
    package var rankCount: Int
    /// Threads of this rank's team, at least 1.
    package var threadCount: Int
    /// One CPU number per thread, or empty for no pinning.
    package var cores: [Int]
    /// The NUMA nodes that what this rank touches first goes to; empty for wherever it runs.
    package var memoryNodes: [Int] = []
    /// Weight format, such as `int8`.
    package var weightType: String
    /// KV cache format, such as `f16`.
    package var keyValueType: String
    /// Which all-gather the ranks use.
    package var transport: Transport
    /// Whether this worker packs.
    package var packRole: PackRole
    /// Bytes of the pack, as the summary said; the worker reckons its own and refuses a difference.
    package var packByteCount: Int
    /// Layout of the pack, as the summary said; checked likewise.
    package var layoutID: String
    /// Digest of the checkpoint, as the summary said; checked against the pack's header.
    package var checkpointDigest: String
    /// Sequences in one step at most; slots are `0 ..< maxBatchSize`.
    package var maxBatchSize: Int
    /// Prompt and new tokens of one sequence at most.
    package var maxSequenceLength: Int
    /// KV blocks of this reader; block numbers are `0 ..< blockCount`.
    package var blockCount: Int
    /// Rows (tokens of all sequences) in one step at most.
    package var rowCountMax: Int

    /// Makes an order from all its fields.
    package init(
        readerID: String, modelDirectory: String, rank: Int, rankCount: Int, threadCount: Int, cores: [Int],
        weightType: String, keyValueType: String, transport: Transport, packRole: PackRole,
        packByteCount: Int,
        layoutID: String, checkpointDigest: String, maxBatchSize: Int, maxSequenceLength: Int,
        blockCount: Int,
        rowCountMax: Int
    ) {
        self.readerID = readerID
        self.modelDirectory = modelDirectory
        self.rank = rank
        self.rankCount = rankCount
        self.threadCount = threadCount
        self.cores = cores
        self.weightType = weightType
        self.keyValueType = keyValueType
        self.transport = transport
        self.packRole = packRole
        self.packByteCount = packByteCount
        self.layoutID = layoutID
        self.checkpointDigest = checkpointDigest
        self.maxBatchSize = maxBatchSize
        self.maxSequenceLength = maxSequenceLength
        self.blockCount = blockCount
        self.rowCountMax = rowCountMax
    }
}

/// What a builder's rank reports once its share of the pack is written and unmapped.
package struct PackReport: Codable, Equatable, Sendable {
    /// Bytes this rank read from the checkpoint's weight files, headers left out.
    package var bytesRead: Int
    /// Bytes this rank wrote into the pack.
    package var bytesPacked: Int

    /// Makes a report.
    package init(bytesRead: Int, bytesPacked: Int) {
        self.bytesRead = bytesRead
        self.bytesPacked = bytesPacked
    }
}

/// A worker's word that it can take steps.
package struct ReadyReport: Codable, Equatable, Sendable {
    /// Bytes read from weight files since the process started; 0 for a rank that only mapped.
    package var bytesRead: Int
    /// Bytes of KV cache reserved (touched on first use).
    package var keyValueByteCount: Int
    /// Bytes of activation buffers.
    package var activationByteCount: Int

    /// Makes a report.
    package init(bytesRead: Int, keyValueByteCount: Int, activationByteCount: Int) {
        self.bytesRead = bytesRead
        self.keyValueByteCount = keyValueByteCount
        self.activationByteCount = activationByteCount
    }
}

/// Why a worker refuses an order or a step.
package struct FailureReport: Codable, Equatable, Sendable, Error {
    /// A closed set, so that the controller can decide without reading prose.
    package enum Code: String, Codable, Sendable {
        /// The model's files are wrong: retrying will not help.
        case invalidModel
        /// The order contradicts itself or what the worker reckons.
        case invalidOrder
        /// The frame asks for something this build does not do yet; `message` names it.
        case unsupported
        /// The frame could not be decoded.
        case malformedFrame
        /// Memory, files, sockets.
        case system
    }

    /// What kind of failure.
    package var code: Code
    /// One sentence with the values.
    package var message: String

    /// Makes a report.
    package init(code: Code, message: String) {
        self.code = code
        self.message = message
    }
}

/// The codec of the rare frames: JSON, because none of them is on the path of a token.
package enum RareFrame {
    /// Encodes `value` with sorted keys.
    package static func encode(_ value: some Encodable) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return [UInt8](try encoder.encode(value))
    }

    /// Decodes the first `byteCount` bytes of `bytes`.
    package static func decode<Value: Decodable>(
        _: Value.Type = Value.self, from bytes: [UInt8], byteCount: Int
    ) throws -> Value {
        try JSONDecoder().decode(Value.self, from: Data(bytes.prefix(byteCount)))
    }
}
