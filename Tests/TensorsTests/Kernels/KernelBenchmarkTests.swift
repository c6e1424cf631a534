import Tensors
import Testing

@Suite struct KernelBenchmarkTests {
    @Test(arguments: InstructionSet.available)
    func `rates are positive and ordered`(set: InstructionSet) throws {
        let team = try ThreadTeam(memberCount: 2)
        let benchmark = KernelBenchmark(try Kernels(set), team: team, byteCount: 1 << 20)
        for rate in [
            benchmark.readBandwidth(repeats: 3),
            benchmark.linearLayers(rows: 2, inputs: 64, outputs: 100, repeats: 3),
        ] {
            #expect(rate.lowest > 0 && rate.lowest <= rate.median && rate.median <= rate.highest)
        }
    }

    @Test(arguments: InstructionSet.available)
    func `the read probe reads every word`(set: InstructionSet) throws {
        let kernels = try Kernels(set)
        let memory = TestMemory([Float](repeating: 0, count: 2048))
        for index in [0, 511, 512, 1023, 1024, 2047] {
            memory.vector[0, index] = 1
            let sum = unsafe kernels.readProbe(UnsafeRawBufferPointer(start: memory.base, count: 8192))
            #expect(sum == Float(1).bitPattern)
            memory.vector[0, index] = 0
        }
    }
}
