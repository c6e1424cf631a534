import CKernels

extension Kernels {
    /// Fused multiply-adds in one round of `multiplyAddProbe`.
    package static let probeRoundMultiplyAdds = 1536

    /// Reads memory once, by several streams: the yardstick of read bandwidth. A multiple of 4096 bytes,
    /// 64-aligned.
    @unsafe package func readProbe(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
        precondition(bytes.count.isMultiple(of: 4096), "\(bytes.count) bytes are no multiple of 4096")
        guard let start = bytes.baseAddress else { return 0 }
        return unsafe table.pointee.read_probe(start, bytes.count)
    }

    /// Multiplies and adds in registers: the yardstick of the FMA peak.
    package func multiplyAddProbe(rounds: Int) {
        _ = unsafe table.pointee.fma_probe(rounds)
    }

    /// Products of codes that one round of `dotProbe` performs.
    package static let probeRoundProducts = Int(SK_DOT_PROBE_PRODUCTS)

    /// Performs `rounds` x `probeRoundProducts` products of weights of 8 or 4 bits in registers.
    package func dotProbe(rounds: Int, bits: Int) {
        precondition(bits == 8 || bits == 4, "weights of \(bits) bits")
        _ = unsafe table.pointee.dot_probe(rounds, UInt32(bits))
    }
}
