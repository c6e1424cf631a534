import Foundation
import Models
import Platform
import Tensors

/// A pack's bytes, read as `sk_quantization` in CKernels describes them: the weights that tiles stand for.
struct StoredPack {
    let layout: PackLayout
    private let bytes: [UInt8]

    init(_ directory: URL, _ format: WeightFormat) throws {
        let configuration = try ModelConfiguration(directory: directory)
        layout = try PackLayout(configuration, format: format, directory: directory)
        let builder = try PackBuilder(
            checkpoint: try Checkpoint(directory: directory), configuration: configuration, layout: layout,
            plan: try ShardPlan(configuration, rankCount: 1), rank: 0,
            digest: try CheckpointDigest.compute(directory), kernels: try Kernels(.best))
        let region = try MappedRegion.anonymous(byteCount: layout.byteCount)
        _ = try builder.build(into: region) { _ in }
        bytes = unsafe [UInt8](UnsafeRawBufferPointer(start: region.base, count: region.byteCount))
        region.unmap()
    }

    /// The weights of a matrix, output by output.
    func weights(of entry: PackLayout.Entry) -> [[Float]] {
        let (outputCount, inputCount) = (entry.storage.rowCount, entry.storage.columnCount)
        let tileByteCount = entry.byteCount / entry.storage.tileCount
        return (0..<outputCount).map { output in
            let tile = entry.byteOffset + output / 32 * tileByteCount
            return (0..<inputCount).map {
                weight(entry.format, tile: tile, output: output % 32, input: $0, inputCount)
            }
        }
    }

    private func weight(
        _ format: MatrixFormat, tile: Int, output: Int, input: Int, _ inputCount: Int
    ) -> Float {
        guard case .quantized(let quantization) = format else {
            let place = tile + (input * 32 + output) * 4
            return Float(bitPattern: (0..<4).reduce(UInt32(0)) { $0 | UInt32(bytes[place + $1]) << (8 * $1) })
        }
        let headByteCount = quantization.hasZeros ? 128 : 64
        let (group, k) = input.quotientAndRemainder(dividingBy: quantization.groupCount)
        let start = tile + group * (headByteCount + quantization.groupCount * 32 * quantization.bitCount / 8)
        let scale = Float(
            Float16(
                bitPattern: UInt16(bytes[start + 2 * output]) | UInt16(bytes[start + 2 * output + 1]) << 8))
        let codes = start + headByteCount
        if quantization.bitCount == 8 {
            return scale * Float(Int(bytes[codes + k / 4 * 128 + output * 4 + k % 4]) - 128)
        }
        let zero = quantization.hasZeros ? Int(bytes[start + 64 + output]) : 8
        let byte = bytes[codes + k / 8 * 128 + output * 4 + k % 4]
        return scale * Float(Int(byte >> (k / 4 % 2 * 4) & 15) - zero)
    }
}
