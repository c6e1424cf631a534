/// Memory that a test's kernels read and write: 64-byte aligned, NaN wherever nothing was set.
///
/// Never freed: a view does not keep its memory alive, a test makes many views, and a test process is short.
@safe struct TestMemory {
    /// Elements on each side of the asked ones; they must keep their NaN.
    private static let marginCount = 64
    private static let canary = Float(bitPattern: 0x7FC1_2345)
    let count: Int
    private let memory: UnsafeMutablePointer<Float>

    init(count: Int) {
        self.count = count
        let whole = count + 2 * Self.marginCount
        let raw = UnsafeMutableRawPointer.allocate(byteCount: max(whole, 1) * 4, alignment: 64)
        unsafe memory = unsafe raw.bindMemory(to: Float.self, capacity: whole)
        unsafe memory.initialize(repeating: Self.canary, count: whole)
    }

    init(_ values: [Float]) {
        self.init(count: values.count)
        for (index, value) in values.enumerated() { unsafe base[index] = value }
    }

    var base: UnsafeMutablePointer<Float> { unsafe memory + Self.marginCount }

    var values: [Float] { unsafe Array(UnsafeBufferPointer(start: base, count: count)) }

    /// The bits of every element, all NaN being one.
    var bits: [UInt32] { bitsOf(values) }

    /// Whether nothing was written outside of the asked elements.
    var isIntact: Bool {
        let bits = Self.canary.bitPattern
        return (0..<Self.marginCount).allSatisfy { index in
            unsafe memory[index].bitPattern == bits
                && base[count + index].bitPattern == bits
        }
    }

    /// Whether an element was never written.
    func isUntouched(_ index: Int) -> Bool {
        unsafe base[index].bitPattern == Self.canary.bitPattern
    }
}

/// The bits of every element, all NaN being one (their payloads are no part of the contract).
func bitsOf(_ values: [Float]) -> [UInt32] { values.map { $0.isNaN ? 0x7FC0_0000 : $0.bitPattern } }
