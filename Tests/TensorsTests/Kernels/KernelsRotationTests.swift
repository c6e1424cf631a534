import Tensors
import Testing

@Suite struct KernelsRotationTests {
    @Test(
        arguments: InstructionSet.available,
        [(2, 2), (6, 6), (32, 32), (64, 64), (70, 70), (80, 34), (128, 0)])
    func `pairs of halves are rotated`(set: InstructionSet, size: (head: Int, rotary: Int)) throws {
        var numbers = TestNumbers(seed: size.head)
        let half = size.rotary / 2
        let x = numbers.extremes(3 * size.head), cosine = numbers.units(half), sine = numbers.units(half)
        let y = TestMemory(x)
        try Kernels(set).rope(
            y.vector, headDimension: size.head, cosine: TestMemory(cosine).vector.readOnly,
            sine: TestMemory(sine).vector.readOnly)
        var expected = x
        for head in 0..<3 {
            for i in 0..<half {
                let first = x[head * size.head + i], second = x[head * size.head + i + half]
                expected[head * size.head + i] = first * cosine[i] + -second * sine[i]
                expected[head * size.head + i + half] = second * cosine[i] + first * sine[i]
            }
        }
        #expect(y.bits == bitsOf(expected))
        #expect(y.isIntact)
    }

    @Test(arguments: InstructionSet.available)
    func `a product and a sum are two roundings`(set: InstructionSet) throws {
        // (1 + 2^-12)^2 rounds to 1 + 2^-11; a fused operation would leave 2^-24 behind.
        let y = TestMemory([1 + 0x1p-12, 1 + 0x1p-11])
        try Kernels(set).rope(
            y.vector, headDimension: 2, cosine: TestMemory([1 + 0x1p-12]).vector.readOnly,
            sine: TestMemory([1]).vector.readOnly)
        #expect(y.values[0] == 0)
    }
}
