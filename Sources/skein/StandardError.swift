import Foundation
import Platform
import Synchronization

/// Text for people beside a command's results: log lines, progress, reasons of failure.
///
/// A thread of its own writes it, in order, so that a reader of stderr that stands still (a stopped pager, a full
/// pipe) holds up nothing else; ends of the process wait for it for a second.
enum StandardError {
    /// Whether a person may be looking.
    static let isTerminal = isatty(FileHandle.standardError.fileDescriptor) == 1

    private static let writer: BackgroundWriter = {
        atexit { StandardError.flush() }
        return BackgroundWriter(descriptor: FileHandle.standardError.fileDescriptor)
    }()

    /// Writes `text` soon; where that is not possible, as with a closed pipe, the text is lost and the command goes
    /// on.
    static func write(_ text: String) { writer.write(text) }

    private static func flush() { writer.flush(atMost: .seconds(1)) }
}

/// Writes text to a descriptor from a thread of its own.
///
/// Bound: 1 MiB of text that waits. What comes beyond it is left out, and a line says how many texts were.
final class BackgroundWriter: Sendable {
    /// Bytes that wait at most.
    static let byteCountMax = 1 << 20

    private struct State {
        var waiting: [UInt8] = []
        var lostCount = 0
        var isWriting = false
        var hasThread = false
    }

    private let descriptor: Int32
    /// Protects what waits.
    private let state = Mutex(State())
    /// Signalled once whenever text comes while none waits.
    private let arrivals = DispatchSemaphore(value: 0)

    /// Writes to `descriptor`, which stays open.
    init(descriptor: Int32) { self.descriptor = descriptor }

    /// Puts `text` at the end of what waits.
    func write(_ text: String) {
        let (isFirst, startsThread) = state.withLock { state in
            guard state.waiting.count + text.utf8.count <= Self.byteCountMax else {
                state.lostCount += 1
                return (false, false)
            }
            let isFirst = state.waiting.isEmpty
            state.waiting.append(contentsOf: text.utf8)
            defer { state.hasThread = true }
            return (isFirst, !state.hasThread)
        }
        if isFirst { arrivals.signal() }
        if startsThread { DedicatedThread.start(name: "skein-stderr") { self.writeForEver() } }
    }

    /// Waits until everything is written, or the time is up.
    func flush(atMost limit: Duration) {
        let deadline = ContinuousClock.now + limit
        while state.withLock({ !$0.waiting.isEmpty || $0.isWriting }), ContinuousClock.now < deadline {
            usleep(500)
        }
    }

    private func writeForEver() {
        while true {
            arrivals.wait()
            let bytes = state.withLock { state in
                var bytes = state.waiting
                if state.lostCount > 0 { bytes += Array("… \(state.lostCount) texts lost …\n".utf8) }
                state.waiting = []
                state.lostCount = 0
                state.isWriting = true
                return bytes
            }
            // A full disk or a reader that has gone costs lines, not the server.
            try? FileHandle(fileDescriptor: descriptor).write(contentsOf: Data(bytes))
            state.withLock { $0.isWriting = false }
        }
    }
}
