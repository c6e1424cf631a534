import Platform
import Testing

@Suite struct ControlGroupTests {
    /// Reads from a made-up file system.
    private func group(_ files: [String: String]) -> ControlGroup {
        ControlGroup.current { files[$0] }
    }

    private let mountsTwo =
        "22 1 0:20 / /proc rw - proc proc rw\n"
        + "30 23 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate\n"

    @Test("Version 2: the tightest limit on the way to the root counts")
    func versionTwo() {
        let group = group([
            "/proc/self/cgroup": "0::/system.slice/skein.service\n",
            "/proc/self/mountinfo": mountsTwo,
            "/sys/fs/cgroup/system.slice/skein.service/cpu.max": "max 100000\n",
            "/sys/fs/cgroup/system.slice/cpu.max": "150000 100000\n",
            "/sys/fs/cgroup/system.slice/skein.service/memory.max": "8000000\n",
            "/sys/fs/cgroup/system.slice/skein.service/memory.current": "3000000\n",
            "/sys/fs/cgroup/system.slice/skein.service/memory.stat": "anon 1\ninactive_file 500000\n",
            "/sys/fs/cgroup/system.slice/memory.max": "9000000\n",
            "/sys/fs/cgroup/system.slice/memory.current": "8500000\n",
            "/sys/fs/cgroup/memory.max": "max\n",
        ])
        #expect(group.processorQuota == 1.5)
        #expect(group.memoryLimitByteCount == 9_000_000)
        #expect(group.memoryUsedByteCount == 8_500_000)
        #expect(group.memoryAvailableByteCount == 500_000)
    }

    @Test("Version 2 in a container: the mount shows the group itself as its root")
    func versionTwoNamespace() {
        let group = group([
            "/proc/self/cgroup": "0::/\n", "/proc/self/mountinfo": mountsTwo,
            "/sys/fs/cgroup/cpu.max": "50000 100000", "/sys/fs/cgroup/memory.max": "1000",
        ])
        #expect(group.processorQuota == 0.5)
        #expect(group.memoryAvailableByteCount == 1000)
    }

    @Test(
        "Version 1: controllers have hierarchies of their own, and a container's mount begins below the root")
    func versionOne() {
        let group = group([
            "/proc/self/cgroup":
                "4:memory:/docker/abc\n3:cpuset:/\n2:cpu,cpuacct:/docker/abc\n1:name=systemd:/\n0::/\n",
            "/proc/self/mountinfo": """
            31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755
            32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw shared:9 - cgroup cgroup rw,cpu,cpuacct
            35 31 0:32 /docker/abc /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory
            """,
            "/sys/fs/cgroup/cpu,cpuacct/docker/abc/cpu.cfs_quota_us": "-1\n",
            "/sys/fs/cgroup/cpu,cpuacct/docker/abc/cpu.cfs_period_us": "100000\n",
            "/sys/fs/cgroup/cpu,cpuacct/docker/cpu.cfs_quota_us": "250000\n",
            "/sys/fs/cgroup/cpu,cpuacct/docker/cpu.cfs_period_us": "100000\n",
            "/sys/fs/cgroup/memory/memory.limit_in_bytes": "2000000\n",
            "/sys/fs/cgroup/memory/memory.usage_in_bytes": "900000\n",
            "/sys/fs/cgroup/memory/memory.stat": "cache 7\ntotal_inactive_file 100000\n",
        ])
        #expect(group.processorQuota == 2.5)
        #expect(group.memoryLimitByteCount == 2_000_000 && group.memoryUsedByteCount == 800_000)
    }

    @Test("Version 1 writes no limit as an enormous one")
    func versionOneUnlimited() {
        let group = group([
            "/proc/self/cgroup": "4:memory:/\n",
            "/proc/self/mountinfo": "35 31 0:32 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n",
            "/sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n",
        ])
        #expect(group == ControlGroup())
    }

    @Test("Without control groups, or with unreadable ones, nothing is limited")
    func none() {
        #expect(group([:]) == ControlGroup())
        #expect(
            group(["/proc/self/cgroup": "0::/", "/proc/self/mountinfo": "broken - line\n"]) == ControlGroup())
        #expect(
            group(["/proc/self/cgroup": "nonsense\n", "/proc/self/mountinfo": mountsTwo]) == ControlGroup())
    }

    @Test(
        "Quota texts",
        arguments: [
            ("max 100000", nil), ("200000 100000", 2.0), ("1 0", nil), ("100000", nil), ("", nil),
            ("x y", nil),
        ] as [(String, Double?)])
    func quota(text: String, expected: Double?) {
        #expect(ControlGroup.parse(cpuMax: text) == expected)
    }

    @Test(
        "Limit texts",
        arguments: [("max", nil), ("-1", nil), ("0\n", 0), ("4096", 4096), ("", nil)] as [(String, Int?)])
    func limit(text: String, expected: Int?) {
        #expect(ControlGroup.parse(limit: text) == expected)
    }
}
