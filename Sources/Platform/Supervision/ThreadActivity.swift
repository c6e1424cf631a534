import Glibc

/// What the threads of a process were doing at one moment, from /proc/<pid>/task/*/stat.
///
/// It tells a thread that does not get on from one that gets no processor: only the latter is runnable and has
/// hardly run.
struct ThreadActivity: Equatable, Sendable {
    /// One thread.
    struct Thread: Equatable, Sendable {
        /// It runs or would if it had a processor; neither sleeping nor stopped.
        var isRunnable: Bool
        /// How long it has run, in the kernel's clock ticks of 10 ms.
        var clockTicks: UInt64
    }

    /// A runnable thread that ran for less than so many clock ticks between two looks, 100 ms apart, is starved.
    static let starvationClockTicks: UInt64 = 5

    /// The threads by their numbers.
    var threads: [Int32: Thread] = [:]

    /// Looks at a process; no threads if it is gone.
    static func sample(pid: Int32) -> ThreadActivity {
        var activity = ThreadActivity()
        let path = "/proc/\(pid)/task"
        guard let directory = unsafe opendir(path) else { return activity }
        defer { unsafe _ = closedir(directory) }
        while let entry = unsafe readdir(directory) {
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { name in
                unsafe name.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
            }
            // A thread that has ended since is none.
            guard let number = Int32(name), let text = try? SystemFile.read("\(path)/\(name)/stat"),
                let thread = Thread(stat: text)
            else { continue }
            activity.threads[number] = thread
        }
        return activity
    }

    /// Whether any thread could run now and got less than half of a processor since an earlier look.
    func isStarved(since earlier: ThreadActivity) -> Bool {
        threads.contains { number, thread in
            guard thread.isRunnable, let before = earlier.threads[number] else { return false }
            return thread.clockTicks < before.clockTicks + Self.starvationClockTicks
        }
    }
}

extension ThreadActivity.Thread {
    /// Understands the line of a stat file (man 5 proc_pid_stat); nil if it is none.
    init?(stat text: String) {
        // The name, field 2, is in parentheses and may contain anything, also parentheses.
        guard let nameEnd = text.lastIndex(of: ")") else { return nil }
        let fields = text[text.index(after: nameEnd)...].split(separator: " ")
        guard fields.count > 12, let user = UInt64(fields[11]), let system = UInt64(fields[12]) else {
            return nil
        }
        self.init(isRunnable: fields[0] == "R", clockTicks: user + system)
    }
}
