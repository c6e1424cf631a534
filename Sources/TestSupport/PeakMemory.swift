import Foundation

/// How much memory this process takes, as Linux counts it; meant for a process that does nothing else, as the body of
/// an exit test.
package enum PeakMemory {
    /// By how many bytes resident memory rose at most while `body` ran, above what it was before.
    ///
    /// What `body` leaves behind counts, and what the allocator keeps of it.
    package static func growth(_ body: () throws -> Void) throws -> Int {
        // 5 sets the peak back to what is resident now (proc_pid_clear_refs(5)).
        try Data("5".utf8).write(to: URL(filePath: "/proc/self/clear_refs"))
        let before = try status("VmRSS")
        try body()
        return try max(0, status("VmHWM") - before)
    }

    private static func status(_ key: String) throws -> Int {
        let text = String(decoding: try Data(contentsOf: URL(filePath: "/proc/self/status")), as: UTF8.self)
        let line = text.split(separator: "\n").first { $0.hasPrefix("\(key):") }
        guard let number = line?.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap({ Int($0) })
        else { throw CocoaError(.fileReadCorruptFile) }
        return number * 1024
    }
}
