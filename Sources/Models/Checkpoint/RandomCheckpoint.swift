package import Foundation
package import Tensors

/// Writes complete checkpoints with random weights, for benchmarks of a shape and for tests.
///
/// A weight depends on the seed, the tensor's name and its position alone, so that equal calls write equal
/// files.
package enum RandomCheckpoint {
    /// Writes config.json and model.safetensors into `directory`, which must exist.
    ///
    /// `dtype` is f32, f16 or bf16. Norm weights lie in 0.5 ..< 1.5, everything else is uniform with a
    /// standard deviation of 1 / sqrt(inputs), so that activations neither vanish nor overflow.
    package static func write(
        configurationJSON: String, dtype: DType, seed: UInt64, to directory: URL
    ) throws(ModelError) {
        precondition(dtype.weightStorage != nil, "weights of \(dtype) cannot be packed")
        let place = directory.appending(path: "config.json")
        let configuration = try ModelConfiguration(
            parsing: Array(configurationJSON.utf8), generation: nil, place: place.path)
        let tensors = try tensors(of: configuration, dtype)
        do {
            try Data(configurationJSON.utf8).write(to: place)
        } catch { throw ModelError(.system, "\(place.path) cannot be written: \(error)") }
        let path = directory.appending(path: Checkpoint.singleFileName).path
        do throws(CheckpointFileError) {
            try SafetensorsWriter.write(tensors.map(\.tensor), to: path) { index, range, bytes in
                tensors[index].write(range, seed: seed, to: &bytes)
            }
        } catch { throw ModelError(error) }
    }

    /// The tensors a checkpoint of the family stores, each once: fused ones and tied embeddings serve several
    /// roles.
    private static func tensors(
        of configuration: ModelConfiguration, _ dtype: DType
    ) throws(ModelError) -> [RandomTensor] {
        var names: Set<String> = []
        var tensors: [RandomTensor] = []
        for entry in try PackLayout(configuration, format: .f32).entries {
            let name = TensorName(of: entry, in: configuration)
            guard let shape = Shape(name.dimensions), names.insert(name.candidates[0]).inserted else {
                continue
            }
            let isNorm = entry.role.isNormWeight
            tensors.append(
                RandomTensor(
                    tensor: .init(name: name.candidates[0], dtype: dtype, shape: shape),
                    center: isNorm ? 1 - name.addend : 0,
                    // A uniform distribution of half width w has standard deviation w / sqrt 3.
                    halfWidth: isNorm ? 0.5 : Float((3 / Double(entry.storage.columnCount)).squareRoot())))
        }
        return tensors
    }
}

/// One tensor and the distribution of its numbers.
private struct RandomTensor {
    let tensor: SafetensorsWriter.Tensor
    let center: Float
    let halfWidth: Float

    func write(_ range: Range<Int>, seed: UInt64, to bytes: inout [UInt8]) {
        // FNV-1a of the name: String's own hash differs from process to process.
        let name = tensor.name.utf8.reduce(UInt64(0xCBF2_9CE4_8422_2325)) {
            ($0 ^ UInt64($1)) &* 0x100_0000_01B3
        }
        let stream = seed &+ name
        switch tensor.dtype {
        case .f32: write(range, stream, to: &bytes) { $0.bitPattern }
        case .bf16: write(range, stream, to: &bytes) { UInt16($0.bitPattern >> 16) }
        default: write(range, stream, to: &bytes) { Float16($0).bitPattern }
        }
    }

    @inline(__always)
    private func write<Bits: FixedWidthInteger & UnsignedInteger>(
        _ range: Range<Int>, _ stream: UInt64, to bytes: inout [UInt8], _ encode: (Float) -> Bits
    ) {
        var offset = 0
        for index in range {
            let random = RandomTensor.mix(stream &+ UInt64(index) &* 0x9E37_79B9_7F4A_7C15)
            let bits = encode(center + halfWidth * (Float(random >> 40) * 0x1p-23 - 1))
            for byte in 0..<Bits.bitWidth / 8 {
                bytes[offset + byte] = UInt8(truncatingIfNeeded: bits >> (8 * byte))
            }
            offset += Bits.bitWidth / 8
        }
    }

    /// SplitMix64's output function.
    private static func mix(_ value: UInt64) -> UInt64 {
        var z = value
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
