import Foundation
import Platform

/// Some processes and all that descend from them: what a server costs, whatever it starts.
struct ProcessTree: Sendable {
    /// What the processes have used.
    struct Usage: Sendable {
        /// User and system time of all, those that have ended included.
        var processorSeconds = 0.0
        /// Proportional set sizes together; shared pages count once.
        var proportionalByteCount = 0
    }

    /// Clock ticks of /proc; Linux fixes them for programs at 100 a second.
    private static let ticksPerSecond = 100.0

    /// Where the trees begin.
    let roots: [Int32]

    /// Throws the name of a process that does not run.
    func usage() throws(SystemError) -> Usage {
        var usage = Usage()
        var parents: [Int32: Int32] = [:]
        var ticks: [Int32: Double] = [:]
        for pid in Self.runningPIDs() {
            // A process may end while its neighbours are read; only the roots must be there.
            guard let file = FileHandle(forReadingAtPath: "/proc/\(pid)/stat"),
                let line = try? file.readToEnd(),
                let fields = Self.fields(String(decoding: line, as: UTF8.self))
            else { continue }
            parents[pid] = fields.parent
            ticks[pid] = fields.ticks
        }
        for root in roots where ticks[root] == nil {
            throw SystemError(.unreadable, "no process \(root) runs")
        }
        for (pid, count) in ticks where belongs(pid, parents) {
            usage.processorSeconds += count / Self.ticksPerSecond
            usage.proportionalByteCount +=
                (try? ProcessMemory.proportional(pid: pid))?.proportionalByteCount ?? 0
        }
        return usage
    }

    /// Whether a root is the process or among its ancestors.
    private func belongs(_ pid: Int32, _ parents: [Int32: Int32]) -> Bool {
        var current = pid
        while !roots.contains(current) {
            guard let parent = parents[current], parent > 0 else { return false }
            current = parent
        }
        return true
    }

    private static func runningPIDs() -> [Int32] {
        // Without /proc no root is found either, which is said.
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return names.compactMap { Int32($0) }
    }

    /// Parent and used ticks (own, and of children that were waited for) of a line of /proc/<pid>/stat.
    static func fields(_ line: String) -> (parent: Int32, ticks: Double)? {
        // The name stands in parentheses and may hold anything, those included.
        guard let end = line.lastIndex(of: ")") else { return nil }
        let fields = line[line.index(after: end)...].split(separator: " ")
        // After the name: state, parent, ...; the times are fields 14 to 17 of the whole line.
        guard fields.count > 14, let parent = Int32(fields[1]) else { return nil }
        let times = fields[11...14].compactMap { Double($0) }
        guard times.count == 4 else { return nil }
        return (parent, times.reduce(0, +))
    }
}
