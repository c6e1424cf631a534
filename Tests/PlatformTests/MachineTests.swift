import Platform
import Testing

@Suite struct MachineTests {
    private let core = Machine.Core(processors: [0, 8], node: 0)

    private func machine(cores: Int, quota: Double?) throws -> Machine {
        let memory = MachineMemory.parse(
            meminfo: "MemTotal: 1000 kB\nMemAvailable: 600 kB\n", controlGroup: ControlGroup())
        let list = (0..<cores).map { Machine.Core(processors: [$0, $0 + cores], node: $0 / 2) }
        return try Machine(cores: list, processorQuota: quota, memory: #require(memory))
    }

    @Test(
        "Usable processors are the hardware threads, at most the quota rounded up",
        arguments: [
            (nil, 8, 4), (2.0, 2, 2), (2.1, 3, 3), (0.5, 1, 1), (100, 8, 4),
        ] as [(Double?, Int, Int)])
    func usable(quota: Double?, processorCount: Int, coreCount: Int) throws {
        let machine = try machine(cores: 4, quota: quota)
        #expect(machine.usableProcessorCount == processorCount)
        #expect(machine.usableCoreCount == coreCount)
        #expect(machine.nodes == [0, 1])
    }

    @Test("This machine has cores on which this thread may run")
    func here() throws {
        let machine = try Machine.current()
        let allowed = try ThreadAffinity.current()
        #expect(!machine.cores.isEmpty)
        #expect(machine.cores.flatMap(\.processors).sorted() == allowed)
        #expect(1...allowed.count ~= machine.usableProcessorCount)
        #expect(machine.memory.totalByteCount > machine.memory.machineAvailableByteCount)
        #expect(machine.memory.availableByteCount > 0)
    }

    @Test("Pinning a thread leaves it one processor, and pinning to none is an error")
    func pinning() async throws {
        let allowed = try ThreadAffinity.current()
        let last = try #require(allowed.last)
        let outcome: Result<[Int], SystemError> = await withCheckedContinuation { reply in
            DedicatedThread.start(name: "test-pin") {
                reply.resume(
                    returning: Result { () throws(SystemError) in
                        try ThreadAffinity.pin([last])
                        return try ThreadAffinity.current()
                    })
            }
        }
        #expect(try outcome.get() == [last])
        #expect(try ThreadAffinity.current() == allowed)
        #expect(throws: SystemError.self) { try ThreadAffinity.pin([]) }
        #expect(throws: SystemError.self) { try ThreadAffinity.pin([-1]) }
        #expect(throws: SystemError.self) { try ThreadAffinity.pin([8192]) }
    }

    @Test("The text of smaps_rollup gives the proportional parts")
    func smaps() throws {
        let text = """
            55e0a0000000-7ffc00000000 ---p 00000000 00:00 0    [rollup]
            Rss:               12000 kB
            Pss:                7000 kB
            Pss_Dirty:          1000 kB
            Pss_Anon:           4000 kB
            Pss_File:           1000 kB
            Pss_Shmem:          2000 kB
            Shared_Clean:       3000 kB
            """
        var expected = ProcessMemory()
        expected.residentByteCount = 12_288_000
        expected.proportionalByteCount = 7_168_000
        expected.anonymousByteCount = 4_096_000
        expected.fileByteCount = 1_024_000
        expected.sharedByteCount = 2_048_000
        #expect(ProcessMemory.parse(smapsRollup: text) == expected)
        #expect(ProcessMemory.parse(smapsRollup: "Rss: 12 kB\n") == nil)
        #expect(ProcessMemory.parse(smapsRollup: "Pss: much\n") == nil)
    }

    @Test("Memory limits count only where they leave less than the machine has")
    func memory() throws {
        let text = "MemTotal:  8000 kB\nMemFree: 1 kB\nMemAvailable:  4000 kB\nHugePages_Total: 0\n"
        var group = ControlGroup()
        let free = try #require(MachineMemory.parse(meminfo: text, controlGroup: group))
        #expect(free.totalByteCount == 8_192_000 && free.availableByteCount == 4_096_000)
        group.memoryLimitByteCount = 3_000_000
        group.memoryUsedByteCount = 1_000_000
        let limited = try #require(MachineMemory.parse(meminfo: text, controlGroup: group))
        #expect(limited.availableByteCount == 2_000_000)
        group.memoryUsedByteCount = 5_000_000
        let over = try #require(MachineMemory.parse(meminfo: text, controlGroup: group))
        #expect(over.availableByteCount == 0)
        #expect(MachineMemory.parse(meminfo: "MemTotal: 1 kB\n", controlGroup: group) == nil)
    }
}
