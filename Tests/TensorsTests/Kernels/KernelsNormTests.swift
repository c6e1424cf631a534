import Tensors
import Testing

@Suite struct KernelsNormTests {
    private static let counts = [1, 2, 15, 16, 17, 31, 33, 64, 100, 768, 1001]

    /// Rule 2 by hand: 16 lanes, then the fixed tree.
    private func laneSum(_ values: [Float], _ step: (Float, Float) -> Float) -> Float {
        var lanes = [Float](repeating: 0, count: 16)
        for (index, value) in values.enumerated() { lanes[index % 16] = step(lanes[index % 16], value) }
        for width in [8, 4, 2, 1] {
            for lane in 0..<width { lanes[lane] += lanes[lane + width] }
        }
        return lanes[0]
    }

    @Test(arguments: InstructionSet.available, counts)
    func `rms norm follows its definition`(set: InstructionSet, count: Int) throws {
        var numbers = TestNumbers(seed: count)
        let x = numbers.units(3 * count, scale: 4), weight = numbers.units(count)
        let epsilon: Float = 1e-5
        let y = TestMemory(x)
        try Kernels(set).rmsNorm(
            y.matrix(3, count).readOnly, weight: TestMemory(weight).vector.readOnly, epsilon: epsilon,
            into: y.matrix(3, count))
        let expected = (0..<3).flatMap { row -> [Float] in
            let part = Array(x[row * count..<(row + 1) * count])
            let mean = laneSum(part) { $0.addingProduct($1, $1) } / Float(count)
            let scale = 1 / (mean + epsilon).squareRoot()
            return zip(part, weight).map { $1 * ($0 * scale) }
        }
        #expect(y.bits == bitsOf(expected))
        #expect(y.isIntact)
    }

    @Test(arguments: InstructionSet.available, counts)
    func `layer norm follows its definition`(set: InstructionSet, count: Int) throws {
        var numbers = TestNumbers(seed: count)
        let x = numbers.units(2 * count, scale: 4), weight = numbers.units(count), bias = numbers.units(count)
        let epsilon: Float = 1e-5
        let source = TestMemory(x), y = TestMemory(count: 2 * (count + 5))
        try Kernels(set).layerNorm(
            source.matrix(2, count).readOnly, weight: TestMemory(weight).vector.readOnly,
            bias: TestMemory(bias).vector.readOnly, epsilon: epsilon,
            into: y.matrix(2, count, stride: count + 5))
        let values = y.values
        for row in 0..<2 {
            let part = Array(x[row * count..<(row + 1) * count])
            let mean = laneSum(part, +) / Float(count)
            let distances = part.map { $0 - mean }
            let variance = laneSum(distances) { $0.addingProduct($1, $1) } / Float(count)
            let scale = 1 / (variance + epsilon).squareRoot()
            let expected = (0..<count).map { bias[$0].addingProduct(distances[$0] * scale, weight[$0]) }
            #expect(bitsOf(Array(values[row * (count + 5)..<row * (count + 5) + count])) == bitsOf(expected))
        }
        #expect((count..<count + 5).allSatisfy(y.isUntouched))
        #expect(y.isIntact)
    }

    @Test(arguments: InstructionSet.available, counts)
    func `a layer norm without a bias has one of zeros`(set: InstructionSet, count: Int) throws {
        var numbers = TestNumbers(seed: count)
        let x = TestMemory(numbers.units(2 * count, scale: 4)), weight = TestMemory(numbers.units(count))
        let y = TestMemory(count: 2 * count), expected = TestMemory(count: 2 * count)
        let zeros = TestMemory([Float](repeating: 0, count: count))
        try Kernels(set).layerNorm(
            x.matrix(2, count).readOnly, weight: weight.vector.readOnly, bias: nil, epsilon: 1e-5,
            into: y.matrix(2, count))
        try Kernels(.scalar).layerNorm(
            x.matrix(2, count).readOnly, weight: weight.vector.readOnly, bias: zeros.vector.readOnly,
            epsilon: 1e-5, into: expected.matrix(2, count))
        #expect(y.bits == expected.bits)
        #expect(y.isIntact)
    }

    @Test(arguments: InstructionSet.vectorSets)
    func `extreme rows have the plain kernel's bits`(set: InstructionSet) throws {
        let vector = try Kernels(set), plain = try Kernels(.scalar)
        var numbers = TestNumbers(seed: 4)
        for count in Self.counts {
            var x = numbers.extremes(count)
            if count == 33 { x[20] = .infinity }
            if count == 100 { x[99] = .nan }
            let weight = TestMemory(numbers.extremes(count)), bias = TestMemory(numbers.extremes(count))
            let a = TestMemory(count: count), b = TestMemory(count: count)
            for epsilon in [Float(1e-5), 0] {
                for (kernels, y) in [(plain, a), (vector, b)] {
                    kernels.rmsNorm(
                        TestMemory(x).vector.readOnly, weight: weight.vector.readOnly, epsilon: epsilon,
                        into: y.vector)
                }
                #expect(a.bits == b.bits)
                for (kernels, y) in [(plain, a), (vector, b)] {
                    kernels.layerNorm(
                        TestMemory(x).vector.readOnly, weight: weight.vector.readOnly,
                        bias: bias.vector.readOnly,
                        epsilon: epsilon, into: y.vector)
                }
                #expect(a.bits == b.bits)
            }
        }
    }
}
