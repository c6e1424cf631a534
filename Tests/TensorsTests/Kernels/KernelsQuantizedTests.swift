import Tensors
import Testing

/// A quantized matmul's size and format.
struct QuantizedShape: Sendable, CustomStringConvertible {
    let inputs: Int
    let quantization: Quantization
    var description: String { "\(inputs) inputs, \(quantization)" }

    static let quantizations: [Quantization] = [32, 64, 128].flatMap { group in
        [
            Quantization(bitCount: 8, groupCount: group), Quantization(bitCount: 4, groupCount: group),
            Quantization(bitCount: 4, groupCount: group, hasZeros: true),
        ]
    }

    /// Inputs that end a group early, fill it, or are fewer than a step of the kernels.
    static let awkward: [QuantizedShape] = [1, 7, 8, 31, 33, 96, 128, 130, 264].flatMap { inputs in
        quantizations.map { QuantizedShape(inputs: inputs, quantization: $0) }
    }
}

/// Weights as the layout of `sk_quantization` says they are stored, read byte by byte.
struct StoredTile {
    let bytes: [UInt8]
    let shape: QuantizedShape

    private var quantization: Quantization { shape.quantization }
    private var headByteCount: Int { quantization.hasZeros ? 128 : 64 }
    private var groupByteCount: Int {
        headByteCount + quantization.groupCount * 32 * quantization.bitCount / 8
    }

    func scale(_ group: Int, _ output: Int) -> Float {
        let start = group * groupByteCount + 2 * output
        return Float(Float16(bitPattern: UInt16(bytes[start]) | UInt16(bytes[start + 1]) << 8))
    }

    /// Code minus zero.
    func code(_ group: Int, _ output: Int, _ input: Int) -> Int {
        let start = group * groupByteCount
        let zero =
            quantization.hasZeros ? Int(bytes[start + 64 + output]) : quantization.bitCount == 8 ? 128 : 8
        let codes = start + headByteCount
        if quantization.bitCount == 8 {
            return Int(bytes[codes + input / 4 * 128 + output * 4 + input % 4]) - zero
        }
        let byte = bytes[codes + input / 8 * 128 + output * 4 + input % 4]
        return Int(input / 4 % 2 == 0 ? byte & 15 : byte >> 4) - zero
    }
}

@Suite struct KernelsQuantizedTests {
    private static let outputCount = 96

    /// Tiles of three times 32 outputs, quantized by a set; weights of very different sizes.
    private func tiles(_ kernels: Kernels, _ shape: QuantizedShape, _ weights: [[Float]]) throws -> TestMemory
    {
        let format = MatrixFormat.quantized(shape.quantization)
        let byteCount = try #require(format.tileByteCount(inputCount: shape.inputs))
        let memory = TestMemory([Float](repeating: 0, count: 3 * byteCount / 4))
        for (index, tile) in weights.enumerated() {
            unsafe kernels.store(
                TestMemory(tile).vector.readOnly, inputCount: shape.inputs, as: format,
                into: UnsafeMutableRawBufferPointer(
                    start: UnsafeMutableRawPointer(memory.base) + index * byteCount, count: byteCount))
        }
        #expect(memory.isIntact)
        return memory
    }

    private func bytes(_ memory: TestMemory) -> [UInt8] {
        unsafe Array(UnsafeRawBufferPointer(start: memory.base, count: memory.count * 4))
    }

    private func weights(_ shape: QuantizedShape, seed: Int) -> [[Float]] {
        var numbers = TestNumbers(seed: seed)
        return (0..<3).map { tile in
            (0..<shape.inputs * 32).map { index in
                let scale: Float =
                    switch index % 32 {
                    case 3: 0
                    case 4: 1e-7
                    case 5: 1e5
                    default: index % 77 == 0 ? 5 : 1
                    }
                return numbers.unit() * scale * Float(tile + 1)
            }
        }
    }

    private func quantized(
        _ kernels: Kernels, _ x: [Float], rowCount: Int, _ shape: QuantizedShape
    ) throws -> (QuantizedBuffer, QuantizedRows) {
        let buffer = try QuantizedBuffer(rowCountMax: rowCount, columnCountMax: shape.inputs)
        let rows = buffer.view(
            rowCount: rowCount, columnCount: shape.inputs, groupCount: shape.quantization.groupCount)
        kernels.quantize(TestMemory(x).matrix(rowCount, shape.inputs).readOnly, into: rows)
        return (buffer, rows)
    }

    private func matrix(_ memory: TestMemory, _ shape: QuantizedShape) -> TileMatrix {
        unsafe TileMatrix(
            tiles: UnsafeRawPointer(memory.base), format: .quantized(shape.quantization),
            outputCount: Self.outputCount, inputCount: shape.inputs)
    }

    @Test(arguments: QuantizedShape.awkward)
    func `tiles have the documented layout and the integers are exact`(shape: QuantizedShape) throws {
        let kernels = try Kernels(.scalar)
        let group = shape.quantization.groupCount
        let memory = try tiles(kernels, shape, weights(shape, seed: shape.inputs))
        let all = bytes(memory)
        let stored = (0..<3).map { tile in
            StoredTile(bytes: Array(all[tile * all.count / 3..<(tile + 1) * all.count / 3]), shape: shape)
        }
        var numbers = TestNumbers(seed: 9)
        let rowCount = 2
        let x = numbers.units(rowCount * shape.inputs, scale: 20)
        let y = TestMemory(count: rowCount * Self.outputCount)
        let (buffer, rows) = try quantized(kernels, x, rowCount: rowCount, shape)
        kernels.matmul(
            rows, matrix(memory, shape), rows: 0..<Self.outputCount,
            into: y.matrix(rowCount, Self.outputCount))
        var expected: [Float] = []
        for row in 0..<rowCount {
            for output in 0..<Self.outputCount {
                var sum: Float = 0
                for start in stride(from: 0, to: shape.inputs, by: group) {
                    let part = Array(
                        x[row * shape.inputs + start..<row * shape.inputs + min(start + group, shape.inputs)])
                    let largest = part.map(abs).max() ?? 0
                    var dot = 0
                    for (offset, value) in part.enumerated() {
                        let code = Int((value * (127 / largest)).rounded(.toNearestOrEven))
                        dot += code * stored[output / 32].code(start / group, output % 32, offset)
                    }
                    let scale = stored[output / 32].scale(start / group, output % 32) * (largest / 127)
                    sum.addProduct(Float(dot), scale)
                }
                expected.append(sum)
            }
        }
        #expect(y.bits == bitsOf(expected))
        _ = buffer
    }

    @Test(arguments: QuantizedShape.awkward)
    func `a weight differs from its code by half a step, but for the clipped ones`(shape: QuantizedShape)
        throws
    {
        let tile = weights(shape, seed: 3)[0]
        let memory = try tiles(try Kernels(.scalar), shape, [tile])
        let stored = StoredTile(bytes: bytes(memory), shape: shape)
        let group = shape.quantization.groupCount
        let clipMost: Float = shape.quantization.bitCount == 8 ? 0.06 : 0.4
        for output in 0..<32 where output != 4 {
            for start in stride(from: 0, to: shape.inputs, by: group) {
                let inputs = start..<min(start + group, shape.inputs)
                let step = abs(stored.scale(start / group, output))
                let largest = inputs.map { abs(tile[$0 * 32 + output]) }.max() ?? 0
                for input in inputs {
                    let weight = tile[input * 32 + output]
                    let value =
                        stored.scale(start / group, output)
                        * Float(stored.code(start / group, output, input - start))
                    let error = abs(weight - value)
                    #expect(
                        error <= 0.5001 * step || error <= clipMost * largest,
                        "output \(output), input \(input): \(weight) became \(value), step \(step)")
                }
            }
        }
    }

    @Test(arguments: InstructionSet.vectorSets, QuantizedShape.awkward)
    func `every set gives the bits of the definition`(set: InstructionSet, shape: QuantizedShape) throws {
        let kernels = try Kernels(set), scalar = try Kernels(.scalar)
        var weights = weights(shape, seed: 1)
        weights[2][33 % weights[2].count] = .nan
        weights[2][34 % weights[2].count] = .infinity
        let memory = try tiles(scalar, shape, weights)
        #expect(bytes(try tiles(kernels, shape, weights)) == bytes(memory))
        var numbers = TestNumbers(seed: 2)
        for rowCount in [1, 2, 3, 4, 5, 6, 7, 8, 11, 12, 13, 25, 64, 70] {
            var x = numbers.units(rowCount * shape.inputs, scale: 3)
            if rowCount == 3 { x = [Float](repeating: 0, count: x.count) }
            if rowCount == 4 { x[shape.inputs] = .infinity }
            if rowCount == 5 { x[2 * shape.inputs] = .nan }
            if rowCount == 6 { x[0] = 1e-33 }
            let range =
                rowCount % 3 == 0 ? 0..<Self.outputCount : rowCount % 40..<Self.outputCount - rowCount % 23
            let bias = rowCount % 2 == 0 ? TestMemory(numbers.units(Self.outputCount)) : nil
            let results = try [scalar, kernels].map { kernels in
                let (buffer, rows) = try quantized(kernels, x, rowCount: rowCount, shape)
                let stride = range.count + 3
                let y = TestMemory(count: rowCount * stride)
                kernels.matmul(
                    rows, matrix(memory, shape), rows: range, bias: bias?.vector.readOnly,
                    into: y.matrix(rowCount, range.count, stride: stride))
                #expect(y.isIntact)
                _ = buffer
                return y.bits
            }
            #expect(results[0] == results[1], "\(rowCount) rows")
        }
    }

    @Test(arguments: InstructionSet.available)
    func `extreme codes do not saturate`(set: InstructionSet) throws {
        let kernels = try Kernels(set)
        for quantization in QuantizedShape.quantizations {
            let shape = QuantizedShape(inputs: 256, quantization: quantization)
            // The largest codes of both signs, all products of one sign.
            let tile = (0..<256 * 32).map { $0 % 64 < 32 ? Float(1) : quantization.hasZeros ? 0 : -1 }
            let memory = try tiles(kernels, shape, [tile, tile, tile])
            let x = (0..<256).map { $0 % 2 == 0 ? Float(1) : -1 }
            let (buffer, rows) = try quantized(kernels, x, rowCount: 1, shape)
            let y = TestMemory(count: Self.outputCount)
            kernels.matmul(
                rows, matrix(memory, shape), rows: 0..<Self.outputCount, into: y.matrix(1, Self.outputCount))
            let expected: Float = quantization.hasZeros ? 128 : 256
            for value in y.values { #expect(abs(value - expected) <= 0.1 * expected, "\(quantization)") }
            _ = buffer
        }
    }

    @Test(arguments: InstructionSet.available)
    func `bf16 tiles give the bits of the widened weights`(set: InstructionSet) throws {
        let kernels = try Kernels(set)
        for shape in LinearShape.awkward where shape.inputs > 0 {
            var numbers = TestNumbers(seed: shape.inputs)
            let x = TestMemory(numbers.extremes(shape.rows * shape.inputs))
            let weights = numbers.extremes(shape.outputs * shape.inputs)
            let rounded = weights.map { weight in
                let bits = weight.bitPattern
                return Float(bitPattern: (bits + 0x7FFF + (bits >> 16 & 1)) & 0xFFFF_0000)
            }
            let floats = TestMemory.tiles(weights, outputCount: shape.outputs, inputCount: shape.inputs)
            let tileCount = TileMatrix.tileCount(outputCount: shape.outputs)
            let narrow = TestMemory([Float](repeating: 0, count: floats.count / 2))
            for tile in 0..<tileCount {
                let size = shape.inputs * 32
                unsafe kernels.store(
                    FloatView(base: floats.base + tile * size, count: size), inputCount: shape.inputs,
                    as: .bf16,
                    into: UnsafeMutableRawBufferPointer(
                        start: UnsafeMutableRawPointer(narrow.base) + tile * size * 2, count: size * 2))
            }
            #expect(narrow.isIntact)
            let exact = TestMemory.tiles(rounded, outputCount: shape.outputs, inputCount: shape.inputs)
            let y = TestMemory(count: max(1, shape.rows * shape.outputs))
            let expected = TestMemory(count: max(1, shape.rows * shape.outputs))
            let all = 0..<shape.outputs
            kernels.matmul(
                x.matrix(shape.rows, shape.inputs).readOnly,
                unsafe TileMatrix(
                    tiles: UnsafeRawPointer(narrow.base), format: .bf16, outputCount: shape.outputs,
                    inputCount: shape.inputs), rows: all, into: y.matrix(shape.rows, shape.outputs))
            kernels.matmul(
                x.matrix(shape.rows, shape.inputs).readOnly,
                exact.tiles(outputCount: shape.outputs, inputCount: shape.inputs), rows: all,
                into: expected.matrix(shape.rows, shape.outputs))
            #expect(y.bits == expected.bits, "\(shape)")
        }
    }
}
