import Crypto
import Foundation
import Models
import Platform
import Tensors

/// A pack built in this process by all ranks, one after the other, and its bytes.
struct BuiltPack {
    let region: MappedRegion
    let layout: PackLayout
    let configuration: ModelConfiguration
    let digest: CheckpointDigest
    /// One per rank: what each reported at the end.
    let progress: [PackProgress]

    /// Builds in the order of `ranks`, all of them by default.
    init(
        _ directory: URL, rankCount: Int, ranks: [Int]? = nil, format: WeightFormat = .f32
    ) throws {
        configuration = try ModelConfiguration(directory: directory)
        layout = try PackLayout(configuration, format: format)
        let checkpoint = try Checkpoint(directory: directory)
        digest = try CheckpointDigest.compute(checkpoint)
        let plan = try ShardPlan(configuration, rankCount: rankCount)
        region = try MappedRegion.anonymous(byteCount: layout.byteCount)
        let kernels = try Kernels(.best)
        var progress: [PackProgress] = []
        for rank in ranks ?? Array(0..<rankCount) {
            let builder = try PackBuilder(
                checkpoint: checkpoint, configuration: configuration, layout: layout, plan: plan, rank: rank,
                digest: digest, kernels: kernels)
            progress.append(try builder.build(into: region) { _ in })
        }
        self.progress = progress
    }

    /// The whole pack, hashed.
    var hash: SHA256.Digest {
        unsafe SHA256.hash(data: UnsafeRawBufferPointer(start: region.base, count: region.byteCount))
    }

    /// The pack as layers see it.
    func pack() throws -> Pack {
        try Pack(region: region, layout: layout, expectedDigest: digest.hexadecimal)
    }

    /// One float at a byte offset.
    func float(at byteOffset: Int) -> Float {
        unsafe region.base.load(fromByteOffset: byteOffset, as: Float.self)
    }

    /// Element [row][column] of an entry, by the layout's documentation alone.
    func element(_ entry: PackLayout.Entry, row: Int, column: Int) -> Float {
        switch entry.storage {
        case .tiles(_, let inputCount):
            float(at: entry.byteOffset + 4 * (row / 32 * inputCount * 32 + column * 32 + row % 32))
        case .table(_, let columnCount): float(at: entry.byteOffset + 4 * (row * columnCount + column))
        case .vector: float(at: entry.byteOffset + 4 * column)
        }
    }
}

/// All tensors of a checkpoint as floats, read in the plainest way.
struct PlainTensors {
    private var tensors: [String: (values: [Float], dimensions: [Int])] = [:]

    init(_ directory: URL) throws {
        let names = try FileManager.default.contentsOfDirectory(atPath: directory.path)
        for name in names where name.hasSuffix(".safetensors") {
            let path = directory.appending(path: name)
            let bytes = [UInt8](try Data(contentsOf: path))
            for tensor in try SafetensorsFile(path: path.path).header.tensors {
                let size = tensor.dtype.byteCount
                let values = (0..<tensor.shape.elementCount).map { index in
                    let start = tensor.range.lowerBound + index * size
                    let bits = (0..<size).reduce(UInt32(0)) { $0 | UInt32(bytes[start + $1]) << (8 * $1) }
                    return switch tensor.dtype {
                    case .f32: Float(bitPattern: bits)
                    case .bf16: Float(bitPattern: bits << 16)
                    default: Float(Float16(bitPattern: UInt16(bits)))
                    }
                }
                tensors[tensor.name] = (values, tensor.shape.dimensions)
            }
        }
    }

    /// Element [first][second] in the checkpoint's own order.
    func element(_ name: String, _ first: Int, _ second: Int) -> Float? {
        guard let tensor = tensors[name] else { return nil }
        return tensor.values[first * (tensor.dimensions.count > 1 ? tensor.dimensions[1] : 0) + second]
    }

    /// Bytes of one tensor's elements.
    var elementCount: Int { tensors.values.reduce(0) { $0 + $1.values.count } }
}
