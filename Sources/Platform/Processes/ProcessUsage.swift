import Glibc

/// What a process has used since its start and holds now.
package struct ProcessUsage: Equatable, Sendable {
    /// Processor time of all its threads, in user and kernel mode, in seconds.
    package var processorSeconds: Double
    /// Resident pages in bytes, shared ones counted in full.
    package var residentByteCount: Int
    /// Address space in bytes.
    package var virtualByteCount: Int
    /// Open descriptors; nil if this user may not count them.
    package var openDescriptorCount: Int?
    /// When it started, in seconds since 1970; nil if the machine does not say when it did.
    package var startSeconds: Double?

    /// Reads /proc/<pid>; `pid` 0 is this process.
    package static func read(pid: Int32) throws(SystemError) -> ProcessUsage {
        let folder = "/proc/\(pid == 0 ? "self" : String(pid))"
        let units = Units(
            ticksPerSecond: Double(sysconf(Int32(_SC_CLK_TCK))), pageByteCount: sysconf(Int32(_SC_PAGESIZE)))
        guard let usage = parse(stat: try SystemFile.read("\(folder)/stat"), bootSeconds: bootSeconds, units)
        else { throw SystemError(.unreadable, "\(folder)/stat is not as proc(5) describes it") }
        var result = usage
        result.openDescriptorCount = entryCount(of: "\(folder)/fd")
        return result
    }

    /// How many descriptors this process may have open.
    package static var descriptorLimit: Int? {
        var limit = rlimit()
        guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return nil }
        return Int(clamping: limit.rlim_cur)
    }

    /// What the kernel counts in.
    package struct Units: Sendable {
        let ticksPerSecond: Double
        let pageByteCount: Int

        /// Makes units.
        package init(ticksPerSecond: Double, pageByteCount: Int) {
            self.ticksPerSecond = ticksPerSecond
            self.pageByteCount = pageByteCount
        }
    }

    /// Understands the text of /proc/<pid>/stat (proc_pid_stat(5)); nil if fields are missing.
    package static func parse(stat: String, bootSeconds: Double?, _ units: Units) -> ProcessUsage? {
        // Field 2 is the program's name in parentheses and may hold anything, parentheses too.
        guard let end = stat.lastIndex(of: ")") else { return nil }
        let fields = stat[stat.index(after: end)...].split(whereSeparator: \.isWhitespace)
        // The first of these is field 3: utime 14, stime 15, starttime 22, vsize 23, rss 24.
        guard fields.count > 21, let user = Double(fields[11]), let kernel = Double(fields[12]),
            let start = Double(fields[19]), let virtual = Int(fields[20]), let pages = Int(fields[21])
        else { return nil }
        return ProcessUsage(
            processorSeconds: (user + kernel) / units.ticksPerSecond,
            residentByteCount: pages * units.pageByteCount, virtualByteCount: virtual,
            openDescriptorCount: nil, startSeconds: bootSeconds.map { $0 + start / units.ticksPerSecond })
    }

    /// When the machine was booted, in seconds since 1970; nil if the kernel hides it, which costs start times only.
    /// Read once: the kernel finds it from two clocks, and it jumps by a second between one reading and the next.
    private static let bootSeconds = (try? SystemFile.read("/proc/stat")).flatMap(bootTime)

    private static func bootTime(_ stat: String) -> Double? {
        stat.split(separator: "\n").first { $0.hasPrefix("btime ") }.flatMap { Double($0.dropFirst(6)) }
    }

    private static func entryCount(of path: String) -> Int? {
        guard let folder = unsafe opendir(path) else { return nil }
        defer { unsafe closedir(folder) }
        var count = 0
        while unsafe readdir(folder) != nil { count += 1 }
        // `.`, `..`, and the descriptor of the folder itself where it is our own.
        return count - (path.hasPrefix("/proc/self/") ? 3 : 2)
    }
}
