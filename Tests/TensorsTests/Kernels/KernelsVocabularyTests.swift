import Tensors
import Testing

@Suite struct KernelsVocabularyTests {
    private static let counts = [1, 15, 16, 17, 63, 64, 127, 128, 129, 256, 1000, 1013]

    /// Logits with many equal values, minus infinities and both zeros among them.
    private func logits(_ count: Int, seed: Int) -> [Float] {
        var numbers = TestNumbers(seed: seed)
        return (0..<count).map { _ in
            switch numbers.index(below: 10) {
            case 0: -.infinity
            case 1: 0
            case 2: -0.0
            case 3...6: Float(numbers.index(below: 20)) - 10
            default: numbers.unit() * 12
            }
        }
    }

    @Test(arguments: InstructionSet.available, counts)
    func `the maximum is the first of the largest`(set: InstructionSet, count: Int) throws {
        let kernels = try Kernels(set)
        for seed in 0..<10 {
            let values = logits(count, seed: seed)
            let expected = values.indices.max {
                values[$0] < values[$1] || (values[$0] == values[$1] && $0 > $1)
            }
            #expect(kernels.indexOfMaximum(TestMemory(values).vector.readOnly) == expected)
        }
        let banned = TestMemory([Float](repeating: -.infinity, count: count))
        #expect(kernels.indexOfMaximum(banned.vector.readOnly) == 0)
    }

    /// What topCandidates gives.
    private func candidates(_ kernels: Kernels, _ values: [Float], k: Int) -> (ids: [Int32], values: [UInt32])
    {
        var ids = [Int32](repeating: -1, count: k), best = [Float](repeating: .nan, count: k)
        var idSpan = ids.mutableSpan, valueSpan = best.mutableSpan
        let count = kernels.topCandidates(
            TestMemory(values).vector.readOnly, firstID: 5000, ids: &idSpan, values: &valueSpan)
        return (Array(ids[..<count]), best[..<count].map(\.bitPattern))
    }

    @Test(arguments: InstructionSet.available, [0, 1, 2, 40, 255, 256])
    func `candidates come best first, equal ones by id`(set: InstructionSet, k: Int) throws {
        let kernels = try Kernels(set)
        var shapes = [1, 16, 100, 255, 256, 257, 300, 1013].map { logits($0, seed: $0) }
        shapes.append((0..<5000).map { Float($0) })
        shapes.append((0..<5000).map { Float(-$0) })
        shapes.append([Float](repeating: 1, count: 3000))
        shapes.append([Float](repeating: -.infinity, count: 600))
        shapes.append(logits(20_000, seed: 77))
        for values in shapes {
            let order = values.indices.sorted {
                values[$0] > values[$1] || (values[$0] == values[$1] && $0 < $1)
            }
            let expected = order.prefix(k)
            let result = candidates(kernels, values, k: k)
            #expect(result.ids == expected.map { Int32($0 + 5000) })
            #expect(result.values == expected.map { values[$0].bitPattern })
        }
        #expect(candidates(kernels, [], k: k).ids.isEmpty)
    }

    @Test(arguments: InstructionSet.available, counts)
    func `segments have the plain kernel's bits and the right sums`(set: InstructionSet, count: Int) throws {
        let values = logits(count, seed: count)
        let segments = (count + 127) / 128
        func statistics(_ kernels: Kernels) -> (maxima: [Float], sums: [Float]) {
            var maxima = [Float](repeating: .nan, count: segments), sums = maxima
            var maximaSpan = maxima.mutableSpan, sumsSpan = sums.mutableSpan
            kernels.segmentStatistics(
                TestMemory(values).vector.readOnly, maxima: &maximaSpan, sums: &sumsSpan)
            return (maxima, sums)
        }
        let result = statistics(try Kernels(set)), plain = statistics(try Kernels(.scalar))
        #expect(bitsOf(result.maxima) == bitsOf(plain.maxima))
        #expect(bitsOf(result.sums) == bitsOf(plain.sums))
        for segment in 0..<segments {
            let part = values[segment * 128..<min(count, segment * 128 + 128)]
            let largest = part.max() ?? -.infinity
            #expect(result.maxima[segment] == largest)
            let sum = largest == -.infinity ? 0 : part.reduce(0.0) { $0 + exponential(Double($1 - largest)) }
            #expect(abs(Double(result.sums[segment]) - sum) <= 1e-5 * sum)
        }
    }

    /// exp in f64 by its series after halving: enough for five digits.
    private func exponential(_ x: Double) -> Double {
        if x < -80 { return 0 }
        var term = 1.0, sum = 1.0
        for n in 1..<24 {
            term *= x / 64 / Double(n)
            sum += term
        }
        for _ in 0..<6 { sum *= sum }
        return sum
    }

    @Test(arguments: InstructionSet.available)
    func `a segment of nothing but banned ids sums to zero`(set: InstructionSet) throws {
        var maxima: [Float] = [.nan, .nan], sums = maxima
        var maximaSpan = maxima.mutableSpan, sumsSpan = sums.mutableSpan
        let values = [Float](repeating: -.infinity, count: 128) + [-0.0]
        try Kernels(set).segmentStatistics(
            TestMemory(values).vector.readOnly, maxima: &maximaSpan, sums: &sumsSpan)
        #expect(bitsOf(maxima) == bitsOf([-.infinity, 0]))
        #expect(bitsOf(sums) == bitsOf([0, 1]))
    }

    @Test(arguments: InstructionSet.available, counts)
    func `the first infinity or NaN is found`(set: InstructionSet, count: Int) throws {
        let kernels = try Kernels(set)
        let values = (0..<count).map { index in
            index.isMultiple(of: 2) ? Float.greatestFiniteMagnitude : -1e-30
        }
        #expect(kernels.firstNonFinite(TestMemory(values).vector.readOnly) == nil)
        for (index, bad) in [
            (0, Float.nan), (count / 2, .infinity), (count - 1, -.infinity), (count - 1, -.nan),
        ] {
            var faulty = values
            faulty[index] = bad
            faulty[count - 1] = bad
            #expect(kernels.firstNonFinite(TestMemory(faulty).vector.readOnly) == index)
        }
    }
}
