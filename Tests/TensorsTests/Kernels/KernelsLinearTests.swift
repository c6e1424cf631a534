import Tensors
import Testing

/// A matmul's size.
struct LinearShape: Sendable, CustomStringConvertible {
    let rows: Int, inputs: Int, outputs: Int
    var description: String { "\(rows) x \(inputs) -> \(outputs)" }

    static let awkward: [LinearShape] =
        [
            (0, 5, 33), (1, 0, 33), (7, 0, 5), (1, 1, 1), (1, 7, 31), (1, 64, 32), (1, 129, 33), (2, 130, 96),
            (3, 33, 65), (4, 65, 64), (5, 127, 63), (6, 128, 128), (7, 257, 97), (8, 129, 95), (12, 300, 64),
            (13, 128, 33), (31, 131, 40), (64, 64, 70), (70, 150, 97), (130, 140, 66),
        ].map { LinearShape(rows: $0.0, inputs: $0.1, outputs: $0.2) }
}

@Suite struct KernelsLinearTests {
    /// Runs one matmul; strides are larger than the rows, and what lies between must stay as it was.
    private func matmul(
        _ kernels: Kernels, _ shape: LinearShape, x: TestMemory, tiles: TestMemory, bias: TestMemory?,
        range: Range<Int>
    ) -> [UInt32] {
        let stride = range.count + 3
        let y = TestMemory(count: max(shape.rows * stride, 1))
        kernels.matmul(
            x.matrix(shape.rows, shape.inputs).readOnly,
            tiles.tiles(outputCount: shape.outputs, inputCount: shape.inputs), rows: range,
            bias: bias?.vector.readOnly, into: y.matrix(shape.rows, range.count, stride: stride))
        #expect(y.isIntact)
        let gaps = (0..<shape.rows).flatMap { row in
            (range.count..<stride).map { row * stride + $0 }
        }
        #expect(gaps.allSatisfy(y.isUntouched))
        let values = y.values
        return bitsOf(
            (0..<shape.rows).flatMap { row in values[row * stride..<row * stride + range.count] })
    }

    @Test(arguments: InstructionSet.available, LinearShape.awkward)
    func `every set gives the bits of one fma chain an output`(set: InstructionSet, shape: LinearShape) throws
    {
        let kernels = try Kernels(set)
        var numbers = TestNumbers(seed: shape.rows &* 131 &+ shape.inputs)
        for makes in [{ $0.units($1) }, { $0.extremes($1) }] as [(inout TestNumbers, Int) -> [Float]] {
            let x = makes(&numbers, shape.rows * shape.inputs)
            let weights = makes(&numbers, shape.outputs * shape.inputs)
            let bias = makes(&numbers, shape.outputs)
            var expected: [Float] = []
            for row in 0..<shape.rows {
                for output in 0..<shape.outputs {
                    var sum: Float = 0
                    for k in 0..<shape.inputs {
                        sum.addProduct(x[row * shape.inputs + k], weights[output * shape.inputs + k])
                    }
                    expected.append(sum)
                }
            }
            let tiles = TestMemory.tiles(weights, outputCount: shape.outputs, inputCount: shape.inputs)
            let biased = expected.enumerated().map { $1 + bias[$0 % shape.outputs] }
            let all = 0..<shape.outputs
            let plain = matmul(kernels, shape, x: TestMemory(x), tiles: tiles, bias: nil, range: all)
            #expect(plain == bitsOf(expected))
            let sums = matmul(
                kernels, shape, x: TestMemory(x), tiles: tiles, bias: TestMemory(bias), range: all)
            #expect(sums == bitsOf(biased))
        }
    }

    @Test(arguments: InstructionSet.available)
    func `any range of outputs equals that part of the whole`(set: InstructionSet) throws {
        let kernels = try Kernels(set)
        let shape = LinearShape(rows: 7, inputs: 150, outputs: 131)
        var numbers = TestNumbers(seed: 5)
        let x = TestMemory(numbers.units(shape.rows * shape.inputs))
        let weights = numbers.units(shape.outputs * shape.inputs)
        let bias = TestMemory(numbers.units(shape.outputs))
        let tiles = TestMemory.tiles(weights, outputCount: shape.outputs, inputCount: shape.inputs)
        let whole = matmul(kernels, shape, x: x, tiles: tiles, bias: bias, range: 0..<shape.outputs)
        for range in [
            0..<0, 5..<5, 0..<1, 0..<32, 1..<33, 31..<32, 32..<64, 31..<65, 17..<19, 40..<41, 63..<131,
            96..<131,
            100..<130, 130..<131, 131..<131, 47..<49, 15..<113,
        ] {
            let part = matmul(kernels, shape, x: x, tiles: tiles, bias: bias, range: range)
            let expected = (0..<shape.rows).flatMap { row in
                whole[row * shape.outputs + range.lowerBound..<row * shape.outputs + range.upperBound]
            }
            #expect(part == expected, "range \(range)")
        }
    }

    @Test(arguments: InstructionSet.available)
    func `a row has the same bits alone and in any batch`(set: InstructionSet) throws {
        let kernels = try Kernels(set)
        let most = LinearShape(rows: 70, inputs: 160, outputs: 70)
        var numbers = TestNumbers(seed: 6)
        let x = numbers.units(most.rows * most.inputs)
        let tiles = TestMemory.tiles(
            numbers.units(most.outputs * most.inputs), outputCount: most.outputs, inputCount: most.inputs)
        let alone = (0..<most.rows).flatMap { row in
            matmul(
                kernels, LinearShape(rows: 1, inputs: most.inputs, outputs: most.outputs),
                x: TestMemory(Array(x[row * most.inputs..<(row + 1) * most.inputs])), tiles: tiles, bias: nil,
                range: 0..<most.outputs)
        }
        for count in set == .scalar ? [3, 70] : Array(1...70) {
            let shape = LinearShape(rows: count, inputs: most.inputs, outputs: most.outputs)
            let batch = matmul(
                kernels, shape, x: TestMemory(Array(x[..<(count * most.inputs)])), tiles: tiles, bias: nil,
                range: 0..<most.outputs)
            #expect(batch[...] == alone[..<(count * most.outputs)], "\(count) rows")
        }
    }

    @Test(arguments: InstructionSet.available)
    func `infinities and NaN stay with the outputs they reach`(set: InstructionSet) throws {
        let kernels = try Kernels(set)
        let shape = LinearShape(rows: 2, inputs: 3, outputs: 40)
        var weights = [Float](repeating: 1, count: 120)
        weights[5 * 3] = .infinity
        weights[33 * 3 + 2] = .nan
        let tiles = TestMemory.tiles(weights, outputCount: 40, inputCount: 3)
        let y = matmul(
            kernels, shape, x: TestMemory([1, 2, 3, -1, 2, 3]), tiles: tiles, bias: nil, range: 0..<40)
        for (index, value) in y.map(Float.init(bitPattern:)).enumerated() {
            switch index % 40 {
            case 5: #expect(value == (index < 40 ? .infinity : -.infinity))
            case 33: #expect(value.isNaN)
            default: #expect(value == (index < 40 ? 6 : 4))
            }
        }
    }

    @Test(arguments: InstructionSet.available, [1, 16, 31, 70])
    func `an embedding is its row, plus its position's`(set: InstructionSet, count: Int) throws {
        let kernels = try Kernels(set)
        var numbers = TestNumbers(seed: count)
        let row = numbers.extremes(count), position = numbers.extremes(count), y = TestMemory(count: count)
        kernels.embed(TestMemory(row).vector.readOnly, into: y.vector)
        #expect(y.bits == bitsOf(row))
        let positions = TestMemory(position)
        kernels.embed(TestMemory(row).vector.readOnly, positionRow: positions.vector.readOnly, into: y.vector)
        #expect(y.bits == bitsOf(zip(row, position).map(+)))
        #expect(y.isIntact)
    }
}
