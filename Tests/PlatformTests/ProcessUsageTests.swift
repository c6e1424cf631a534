import Glibc
import Testing

@testable import Platform

struct ProcessUsageTests {
    private static let units = ProcessUsage.Units(ticksPerSecond: 100, pageByteCount: 4096)

    @Test func fieldsAreFoundBehindAnyName() throws {
        // proc_pid_stat(5): pid, (comm), state, 11 fields, utime 14, stime 15, 6 fields, starttime 22, vsize, rss.
        let rest = "S 1 2 3 4 5 6 7 8 9 10 250 50 0 0 20 0 3 0 1200 8192000 25 18446744073709551615"
        for name in ["skein", "a) S (b", "with spaces"] {
            let usage = try #require(
                ProcessUsage.parse(stat: "7 (\(name)) \(rest)", bootSeconds: 1000, Self.units))
            #expect(usage.processorSeconds == 3)
            #expect(usage.virtualByteCount == 8_192_000)
            #expect(usage.residentByteCount == 25 * 4096)
            #expect(usage.startSeconds == 1012)
        }
        #expect(ProcessUsage.parse(stat: "7 (x) \(rest)", bootSeconds: nil, Self.units)?.startSeconds == nil)
    }

    @Test(arguments: [
        "", "7 (skein", "7 (skein) S 1 2 3", "7 (a) S 1 2 3 4 5 6 7 8 9 10 x 50 0 0 20 0 3 0 1 2 3",
    ])
    func whatIsNoSuchFileIsRefused(_ text: String) {
        #expect(ProcessUsage.parse(stat: text, bootSeconds: 0, Self.units) == nil)
    }

    @Test func thisProcessIsReadByItsNumberAndAsSelf() throws {
        let own = try ProcessUsage.read(pid: 0)
        let same = try ProcessUsage.read(pid: getpid())
        #expect(own.startSeconds == same.startSeconds)
        #expect(own.residentByteCount > 1 << 20 && own.virtualByteCount >= own.residentByteCount)
        #expect(own.openDescriptorCount ?? 0 >= 3)
        #expect(ProcessUsage.descriptorLimit ?? 0 >= own.openDescriptorCount ?? .max)
        let before = own.processorSeconds
        var sum = 0.0
        repeat {
            for value in 0..<100_000 { sum += Double(value) }
        } while try ProcessUsage.read(pid: 0).processorSeconds == before
        #expect(sum > 0)
    }

    @Test func aProcessThatDoesNotExistIsAnError() {
        #expect(throws: SystemError.self) { _ = try ProcessUsage.read(pid: -1000) }
    }
}
