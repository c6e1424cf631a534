/// What the control groups (cgroups, version 1 or 2) that this process is in allow it.
package struct ControlGroup: Equatable, Sendable {
    /// Processors' worth of time a second; nil: no quota.
    package var processorQuota: Double?
    /// The smallest memory limit on the way to the root; nil: none.
    package var memoryLimitByteCount: Int?
    /// What counts against that limit now, without page cache that can be dropped.
    package var memoryUsedByteCount: Int?

    /// No limits.
    package init() {}

    /// Memory that the limit leaves; nil without a limit.
    package var memoryAvailableByteCount: Int? {
        guard let limit = memoryLimitByteCount else { return nil }
        return max(0, limit - (memoryUsedByteCount ?? 0))
    }

    /// Reads the control groups of this process. `read` gives a file's text or nil if there is no such file.
    package static func current(read: (String) -> String?) -> ControlGroup {
        var group = ControlGroup()
        guard let membership = read("/proc/self/cgroup"), let mounts = read("/proc/self/mountinfo") else {
            return group
        }
        for place in ControlGroupPlace.all(membership: membership, mounts: mounts) {
            for folder in place.folders {
                switch place.version {
                case .two: group.tighten(versionTwo: folder, read)
                case .one: group.tighten(versionOne: folder, place.controllers, read)
                }
            }
        }
        return group
    }

    private mutating func tighten(versionTwo folder: String, _ read: (String) -> String?) {
        if let quota = read("\(folder)/cpu.max").flatMap(Self.parse(cpuMax:)) {
            processorQuota = min(processorQuota ?? quota, quota)
        }
        guard let limit = read("\(folder)/memory.max").flatMap(Self.parse(limit:)) else { return }
        let used = read("\(folder)/memory.current").flatMap(Self.parse(limit:)) ?? 0
        let cache = read("\(folder)/memory.stat").flatMap { Self.field("inactive_file", of: $0) } ?? 0
        tighten(limit: limit, used: max(0, used - cache))
    }

    private mutating func tighten(
        versionOne folder: String, _ controllers: Set<String>, _ read: (String) -> String?
    ) {
        if controllers.contains("cpu"),
            let quota = read("\(folder)/cpu.cfs_quota_us").flatMap(Self.parse(limit:)),
            let period = read("\(folder)/cpu.cfs_period_us").flatMap(Self.parse(limit:)), period > 0
        {
            let processors = Double(quota) / Double(period)
            processorQuota = min(processorQuota ?? processors, processors)
        }
        guard controllers.contains("memory"),
            let limit = read("\(folder)/memory.limit_in_bytes").flatMap(Self.parse(limit:))
        else { return }
        let used = read("\(folder)/memory.usage_in_bytes").flatMap(Self.parse(limit:)) ?? 0
        let cache = read("\(folder)/memory.stat").flatMap { Self.field("total_inactive_file", of: $0) } ?? 0
        tighten(limit: limit, used: max(0, used - cache))
    }

    /// Keeps the limit that leaves least.
    private mutating func tighten(limit: Int, used: Int) {
        if let available = memoryAvailableByteCount, available <= limit - used { return }
        memoryLimitByteCount = limit
        memoryUsedByteCount = used
    }
}

// MARK: - Texts

extension ControlGroup {
    /// Version 1 writes "no limit" as the largest multiple of a page; no machine has as much.
    private static let unlimitedByteCount = 1 << 62

    /// "150000 100000" is one and a half processors; "max 100000" no quota.
    package static func parse(cpuMax text: String) -> Double? {
        let words = text.split(whereSeparator: \.isWhitespace)
        guard words.count == 2, let quota = Double(words[0]), let period = Double(words[1]), period > 0 else {
            return nil
        }
        return quota / period
    }

    /// A non-negative number; nil for "max", -1 and version 1's huge one.
    package static func parse(limit text: String) -> Int? {
        guard let word = text.split(whereSeparator: \.isWhitespace).first, let value = Int(word) else {
            return nil
        }
        return 0..<unlimitedByteCount ~= value ? value : nil
    }

    /// The value of a line "key value".
    static func field(_ key: String, of text: String) -> Int? {
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ")
            if words.count == 2, words[0] == key { return Int(words[1]) }
        }
        return nil
    }
}
