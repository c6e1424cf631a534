import Tensors
import Testing

@Suite struct KernelsPackingTests {
    /// Stored bytes of so many elements, every bit pattern allowed, and the f32 they widen to.
    private func stored(_ storage: WeightStorage, count: Int, seed: Int) -> (bytes: [UInt8], values: [Float])
    {
        var numbers = TestNumbers(seed: seed)
        var bytes: [UInt8] = []
        var values: [Float] = []
        for _ in 0..<count {
            let random = numbers.bits()
            switch storage {
            case .f32:
                let bits = UInt32(truncatingIfNeeded: random)
                append(bits, to: &bytes)
                values.append(Float(bitPattern: bits))
            case .bf16:
                let bits = UInt16(truncatingIfNeeded: random)
                append(bits, to: &bytes)
                values.append(Float(bitPattern: UInt32(bits) << 16))
            case .f16:
                let bits = UInt16(truncatingIfNeeded: random)
                append(bits, to: &bytes)
                values.append(widened(half: bits))
            }
        }
        return (bytes, values)
    }

    private func append(_ bits: some FixedWidthInteger, to bytes: inout [UInt8]) {
        for shift in stride(from: 0, to: bits.bitWidth, by: 8) {
            bytes.append(UInt8(truncatingIfNeeded: bits >> shift))
        }
    }

    /// An f16 by its definition: sign, five bits of exponent, ten of fraction.
    private func widened(half: UInt16) -> Float {
        let exponent = Int(half >> 10 & 0x1F), fraction = Float(half & 0x3FF) / 1024
        let sign: Float = half & 0x8000 != 0 ? -1 : 1
        switch exponent {
        case 0: return sign * fraction * Float(sign: .plus, exponent: -14, significand: 1)
        case 31: return fraction == 0 ? sign * .infinity : .nan
        default: return sign * Float(sign: .plus, exponent: exponent - 15, significand: 1 + fraction)
        }
    }

    @Test(arguments: InstructionSet.available, WeightStorage.allCases)
    func `rows and columns become tiles, exactly`(set: InstructionSet, storage: WeightStorage) throws {
        let kernels = try Kernels(set)
        for (outputs, inputs, gap) in [
            (0, 5, 0), (1, 1, 0), (7, 9, 3), (31, 8, 0), (32, 33, 1), (32, 0, 0), (5, 70, 2),
        ] {
            for order in [WeightOrder.outputMajor, .inputMajor] {
                let (lines, width) = order == .outputMajor ? (outputs, inputs) : (inputs, outputs)
                let stride = width + gap
                let source = stored(storage, count: lines * stride, seed: outputs * 100 + inputs)
                // One byte in front: sources need no alignment.
                let bytes = [0xAA] + source.bytes
                let tile = TestMemory(count: inputs * 32)
                unsafe kernels.packTile(
                    bytes.span.bytes.extracting(droppingFirst: 1), storage, order, stride: stride,
                    outputCount: outputs, inputCount: inputs, into: tile.vector)
                var expected = [Float](repeating: 0, count: inputs * 32)
                for k in 0..<inputs {
                    for n in 0..<outputs {
                        expected[k * 32 + n] =
                            source.values[order == .outputMajor ? n * stride + k : k * stride + n]
                    }
                }
                #expect(tile.bits == bitsOf(expected), "\(outputs) x \(inputs) \(order)")
                #expect(tile.isIntact)
            }
        }
    }

    @Test(arguments: InstructionSet.available)
    func `every half of both kinds widens exactly`(set: InstructionSet) throws {
        let kernels = try Kernels(set)
        let halves = (0...UInt16.max).flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }
        let y = TestMemory(count: 65536)
        unsafe kernels.widen(halves.span.bytes, .f16, into: y.vector)
        #expect(y.bits == bitsOf((0...UInt16.max).map { widened(half: $0) }))
        unsafe kernels.widen(halves.span.bytes, .bf16, into: y.vector)
        #expect(y.bits == bitsOf((0...UInt16.max).map { Float(bitPattern: UInt32($0) << 16) }))
        #expect(y.isIntact)
    }

    @Test(arguments: InstructionSet.available, [0, 1, 7, 8, 9, 33])
    func `widening stops at the last element`(set: InstructionSet, count: Int) throws {
        let source = stored(.bf16, count: count, seed: count)
        let y = TestMemory(count: count)
        let kernels = try Kernels(set)
        unsafe kernels.widen(source.bytes.span.bytes, .bf16, into: y.vector)
        #expect(y.bits == bitsOf(source.values))
        #expect(y.isIntact)
    }
}
