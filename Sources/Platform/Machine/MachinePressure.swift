/// How pressed the machine's processors are: the part of the last ten seconds in which something runnable waited for
/// one, by the kernel's pressure stall information; where there is none, the part of the runnable threads that find no
/// processor now.
package enum MachinePressure {
    /// Asks the kernel now: 0 to 1. Costs a read of one small file.
    package static func current(processorCount: Int) throws(SystemError) -> Double {
        // A kernel without the file has no such information.
        if let text = try? SystemFile.read("/proc/pressure/cpu"), let pressure = parse(stall: text) {
            return pressure
        }
        let text = try SystemFile.read("/proc/loadavg")
        guard let pressure = parse(loadavg: text, processorCount: processorCount) else {
            throw SystemError(.unreadable, "/proc/loadavg names no runnable threads")
        }
        return pressure
    }

    /// "some avg10=12.50 avg60=…": 0.125. nil if there is no such line.
    package static func parse(stall text: String) -> Double? {
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ")
            guard words.first == "some" else { continue }
            let average = words.first { $0.hasPrefix("avg10=") }?.dropFirst("avg10=".count)
            return average.flatMap { Double($0) }.map { min(max($0 / 100, 0), 1) }
        }
        return nil
    }

    /// "0.20 0.18 0.12 3/80 11206" has 3 runnable threads, this one among them: a third of them finds no processor of
    /// two. nil if the fourth word is not of that shape.
    package static func parse(loadavg text: String, processorCount: Int) -> Double? {
        let words = text.split(whereSeparator: \.isWhitespace)
        guard words.count >= 4, let runnable = words[3].split(separator: "/").first.flatMap({ Double($0) })
        else { return nil }
        return runnable > 0 ? max(0, 1 - Double(processorCount) / runnable) : 0
    }
}
