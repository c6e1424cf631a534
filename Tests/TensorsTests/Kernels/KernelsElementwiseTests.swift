import Foundation
import Tensors
import Testing

/// A kernel of one input and one output, element by element.
enum ElementwiseKernel: CaseIterable, Sendable {
    case silu, geluTanh, geluErf, relu, exp, tanh, erf, sigmoid, softCap

    /// What `softCap` caps at.
    private static let cap: Float = 5

    func callAsFunction(_ kernels: Kernels, _ x: FloatView, into y: MutableFloatView) {
        switch self {
        case .silu: kernels.apply(.silu, to: x, into: y)
        case .geluTanh: kernels.apply(.geluTanh, to: x, into: y)
        case .geluErf: kernels.apply(.geluErf, to: x, into: y)
        case .relu: kernels.apply(.relu, to: x, into: y)
        case .exp: kernels.exp(x, minus: 0, into: y)
        case .tanh: kernels.tanh(x, into: y)
        case .erf: kernels.erf(x, into: y)
        case .sigmoid: kernels.sigmoid(x, into: y)
        case .softCap:
            if unsafe UnsafePointer(y.base) != x.base { y.copy(from: x) }
            kernels.softCap(y, at: ElementwiseKernel.cap)
        }
    }

    /// The same in f64, by the C library.
    func exact(_ x: Double) -> Double {
        switch self {
        case .silu: x / (1 + Foundation.exp(-x))
        case .geluTanh:
            0.5 * x * (1 + Foundation.tanh((2 / Double.pi).squareRoot() * (x + 0.044715 * x * x * x)))
        case .geluErf: 0.5 * x * (1 + Foundation.erf(x / 2.0.squareRoot()))
        case .relu: max(x, 0)
        case .exp: x < -80 ? 0 : Foundation.exp(x)
        case .tanh: Foundation.tanh(x)
        case .erf: Foundation.erf(x)
        case .sigmoid: 1 / (1 + Foundation.exp(-x))
        case .softCap: Foundation.tanh(x / Double(ElementwiseKernel.cap)) * Double(ElementwiseKernel.cap)
        }
    }

    /// Where the error is measured, and how many units in the last place (of a number of at least `floor`) it
    /// may have.
    var accuracy: (range: ClosedRange<Float>, ulps: Double, floor: Double) {
        switch self {
        case .exp: (-80...88.7, 2, 0)
        case .tanh: (-10...10, 2, 0)
        case .erf: (-5...5, 2, 0)
        case .relu: (-100...100, 0, 0)
        // 1 + tanh and 1 + erf cancel for negative numbers, as they do in transformers: measured against 1.
        case .geluTanh, .geluErf: (-6...20, 4, 0.25)
        case .silu: (-70...80, 4, 0)
        case .sigmoid: (-70...80, 4, 0)
        case .softCap: (-50...50, 4, 0)
        }
    }
}

@Suite struct KernelsElementwiseTests {
    private static let counts = [0, 1, 2, 15, 16, 17, 31, 32, 33, 100, 1000]
    private static let special: [Float] = [
        0, -0.0, .infinity, -.infinity, .nan, 88.72, 88.73, 89, 89.5, 1000, -79.99, -80, -80.01, -87, -104,
        -1000, 1e38,
        -1e38, .leastNonzeroMagnitude, -.leastNonzeroMagnitude, .leastNormalMagnitude, 0.625, 0.62499, 0.9275,
        0.92749,
        4, 3.99, 9.01, 9.02,
    ]

    @Test(arguments: InstructionSet.vectorSets, ElementwiseKernel.allCases)
    func `vector kernels have the plain one's bits`(set: InstructionSet, kernel: ElementwiseKernel) throws {
        let vector = try Kernels(set), plain = try Kernels(.scalar)
        var numbers = TestNumbers(seed: 3)
        for count in Self.counts {
            for x in [
                numbers.units(count, scale: 12), numbers.units(count, scale: 100), numbers.extremes(count),
            ] {
                let expected = TestMemory(count: count), y = TestMemory(x)
                kernel(plain, TestMemory(x).vector.readOnly, into: expected.vector)
                kernel(vector, y.vector.readOnly, into: y.vector)
                #expect(y.bits == expected.bits)
                #expect(y.isIntact)
            }
        }
        let expected = TestMemory(count: Self.special.count), y = TestMemory(Self.special)
        kernel(plain, TestMemory(Self.special).vector.readOnly, into: expected.vector)
        kernel(vector, y.vector.readOnly, into: y.vector)
        #expect(y.bits == expected.bits)
    }

    @Test(arguments: ElementwiseKernel.allCases)
    func `values agree with the C library's in f64`(kernel: ElementwiseKernel) throws {
        let (range, ulps, floor) = kernel.accuracy
        let count = 200_000
        let x = (0..<count).map {
            range.lowerBound + (range.upperBound - range.lowerBound) * Float($0) / Float(count)
        }
        let y = TestMemory(count: count)
        kernel(try Kernels(.best), TestMemory(x).vector.readOnly, into: y.vector)
        let values = y.values
        var worst = 0.0
        for (index, value) in values.enumerated() {
            let exact = kernel.exact(Double(x[index]))
            let unit = Double(Float(max(abs(exact), floor, Double(Float.leastNormalMagnitude))).ulp)
            worst = max(worst, abs(Double(value) - exact) / unit)
        }
        #expect(worst <= ulps, "\(kernel): \(worst) ulp")
    }

    @Test(arguments: InstructionSet.available)
    func `exp and its relatives meet their limits`(set: InstructionSet) throws {
        let kernels = try Kernels(set)
        func value(_ kernel: ElementwiseKernel, _ x: Float) -> Float {
            let y = TestMemory(count: 1)
            kernel(kernels, TestMemory([x]).vector.readOnly, into: y.vector)
            return y.values[0]
        }
        #expect(value(.exp, 0) == 1)
        #expect(value(.exp, -80.01).bitPattern == 0)
        #expect(value(.exp, -80) > 1.8e-35)
        #expect(value(.exp, -.infinity).bitPattern == 0)
        #expect(value(.exp, 88.72) < .infinity)
        #expect(value(.exp, 88.73) == .infinity)
        #expect(value(.exp, .infinity) == .infinity)
        #expect(value(.tanh, 20) == 1)
        #expect(value(.tanh, -.infinity) == -1)
        #expect(value(.tanh, -0.0).bitPattern == Float(-0.0).bitPattern)
        #expect(value(.erf, 6) == 1)
        #expect(value(.erf, -.infinity) == -1)
        #expect(value(.silu, -1000) == 0)
        #expect(value(.silu, 1000) == 1000)
        #expect(value(.relu, -0.0).bitPattern == 0)
        for kernel in ElementwiseKernel.allCases { #expect(value(kernel, .nan).isNaN) }
    }

    @Test(arguments: InstructionSet.available, [0, 1, 15, 16, 33, 257])
    func `sums and gated products are exact or as the plain kernel`(set: InstructionSet, count: Int) throws {
        let kernels = try Kernels(set), plain = try Kernels(.scalar)
        var numbers = TestNumbers(seed: count)
        let a = numbers.extremes(count), b = numbers.extremes(count)
        let sum = TestMemory(a)
        kernels.add(TestMemory(b).vector.readOnly, to: sum.vector)
        #expect(sum.bits == bitsOf(zip(a, b).map(+)))
        for activation in [Activation.silu, .geluTanh] {
            let gated = TestMemory(a), expected = TestMemory(count: count)
            kernels.apply(
                activation, toGate: gated.vector.readOnly, times: TestMemory(b).vector.readOnly,
                into: gated.vector)
            let activated = TestMemory(count: count)
            plain.apply(activation, to: TestMemory(a).vector.readOnly, into: activated.vector)
            for (index, value) in activated.values.enumerated() {
                expected.vector[0, index] = value * b[index]
            }
            #expect(gated.bits == expected.bits)
            #expect(gated.isIntact)
        }
        #expect(sum.isIntact)
    }

    @Test(arguments: InstructionSet.available, [0, 1, 15, 16, 33, 257])
    func `scaling, weighted sums and bounds follow their definitions`(
        set: InstructionSet, count: Int
    ) throws {
        let kernels = try Kernels(set)
        var numbers = TestNumbers(seed: count)
        for (a, b) in [
            (numbers.extremes(count), numbers.extremes(count)),
            (numbers.units(count, scale: 9), numbers.units(count)),
        ] {
            let scaled = TestMemory(a), sum = TestMemory(b), clamped = TestMemory(a)
            kernels.scale(scaled.vector, by: 7.3)
            #expect(scaled.bits == bitsOf(a.map { $0 * 7.3 }))
            kernels.add(TestMemory(a).vector.readOnly, times: -0.3, to: sum.vector)
            #expect(sum.bits == bitsOf(zip(a, b).map { $1.addingProduct($0, -0.3) }))
            kernels.clamp(clamped.vector, to: 1.5)
            #expect(clamped.bits == bitsOf(a.map { $0 < -1.5 ? -1.5 : $0 > 1.5 ? 1.5 : $0 }))
            #expect(scaled.isIntact && sum.isIntact && clamped.isIntact)
        }
    }

    @Test(arguments: InstructionSet.available)
    func `a shift is subtracted before exp`(set: InstructionSet) throws {
        let kernels = try Kernels(set)
        var numbers = TestNumbers(seed: 8)
        let x = numbers.units(37, scale: 50)
        let shifted = TestMemory(count: 37), direct = TestMemory(count: 37)
        kernels.exp(TestMemory(x).vector.readOnly, minus: 3.25, into: shifted.vector)
        kernels.exp(TestMemory(x.map { $0 - 3.25 }).vector.readOnly, minus: 0, into: direct.vector)
        #expect(shifted.bits == direct.bits)
    }

    @Test func `log agrees with the C library's`() {
        var numbers = TestNumbers(seed: 9)
        var worst = 0.0
        for index in 0..<100_000 {
            let near = 1 + Double(numbers.unit()) * 0x1p-8
            let wide = Double(bitPattern: numbers.bits() & 0x7FEF_FFFF_FFFF_FFFF)
            let x = index.isMultiple(of: 2) ? near : max(wide, .leastNonzeroMagnitude)
            let exact = Foundation.log(x)
            worst = max(worst, abs(Kernels.log(x) - exact) / exact.ulp)
        }
        #expect(worst <= 2, "\(worst) ulp")
        #expect(Kernels.log(1) == 0)
        #expect(Kernels.log(0) == -.infinity)
        #expect(Kernels.log(.infinity) == .infinity)
        #expect(Kernels.log(-1).isNaN)
    }
}
