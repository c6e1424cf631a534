import Foundation
import Tensors
import Testing

@Suite struct KernelsExpertsTests {
    private static let counts = [1, 2, 5, 15, 16, 17, 33, 60, 128, 1024]

    private func choose(
        _ kernels: Kernels, _ logits: [Float], _ count: Int, isNormalized: Bool
    ) -> (ids: [Int32], weights: [Float]) {
        var ids = [Int32](repeating: -1, count: count)
        var weights = [Float](repeating: -1, count: count)
        var idSpan = ids.mutableSpan
        var weightSpan = weights.mutableSpan
        kernels.chooseExperts(
            TestMemory(logits).vector.readOnly, isNormalized: isNormalized, ids: &idSpan, weights: &weightSpan
        )
        return (ids, weights)
    }

    @Test(arguments: InstructionSet.vectorSets, counts)
    func `vector sets have the plain one's bits`(set: InstructionSet, count: Int) throws {
        let plain = try Kernels(.scalar), vector = try Kernels(set)
        var numbers = TestNumbers(seed: count)
        for chosen in Set([1, 2, min(8, count), min(17, count), count]) where chosen <= count {
            for logits in [
                numbers.units(count, scale: 3), numbers.units(count, scale: 200),
                [Float](repeating: -0.0, count: count),
            ] {
                for isNormalized in [false, true] {
                    let expected = choose(plain, logits, chosen, isNormalized: isNormalized)
                    let found = choose(vector, logits, chosen, isNormalized: isNormalized)
                    #expect(found.ids == expected.ids)
                    #expect(bitsOf(found.weights) == bitsOf(expected.weights))
                }
            }
        }
    }

    @Test(arguments: InstructionSet.available, counts)
    func `the most probable are chosen, with softmax's weights`(set: InstructionSet, count: Int) throws {
        let kernels = try Kernels(set)
        var numbers = TestNumbers(seed: 2 * count)
        let logits = numbers.units(count, scale: 4)
        let chosen = min(6, count)
        let largest = logits.max() ?? 0
        let powers = logits.map { exp(Double($0 - largest)) }
        let order = (0..<count).sorted { (logits[$1], $0) < (logits[$0], $1) }.prefix(chosen).sorted()
        let total = powers.reduce(0, +), kept = order.map { powers[$0] }.reduce(0, +)
        for isNormalized in [false, true] {
            let found = choose(kernels, logits, chosen, isNormalized: isNormalized)
            #expect(found.ids == order.map { Int32($0) })
            for (weight, id) in zip(found.weights, order) {
                let exact = powers[id] / (isNormalized ? kept : total)
                #expect(abs(Double(weight) - exact) <= 1e-6 * exact)
            }
        }
    }

    @Test(arguments: InstructionSet.available)
    func `among equals the lowest ids are chosen`(set: InstructionSet) throws {
        let kernels = try Kernels(set)
        let equal = choose(kernels, [1, 1, 1, 1, 1], 3, isNormalized: true)
        #expect(equal.ids == [0, 1, 2])
        #expect(choose(kernels, [0, 2, -1, 2, 2], 2, isNormalized: false).ids == [1, 3])
        #expect(choose(kernels, [0, 5, 0, 0], 3, isNormalized: false).ids == [0, 1, 2])
    }
}
