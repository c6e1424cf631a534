import Logging
import Synchronization

/// Collects log lines, so that tests can await what the fleet says it did.
final class TestLog: Sendable {
    /// One line.
    struct Line: Sendable {
        let level: Logger.Level
        let message: String
        let metadata: [String: String]

        /// Whether it says this of this reader, in this state if one is given.
        func says(_ message: String, _ reader: String? = nil, state: String? = nil) -> Bool {
            self.message == message && (reader == nil || metadata["reader.id"] == reader)
                && (state == nil || metadata["reader.state"] == state)
        }
    }

    private struct Contents {
        var lines: [Line] = []
        var waiting: [AsyncStream<Void>.Continuation] = []
    }

    private struct Sink: LogHandler {
        let log: TestLog
        var logLevel = Logger.Level.debug
        var metadata: Logger.Metadata = [:]

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let all = metadata.merging(event.metadata ?? [:]) { _, new in new }
            log.add(
                Line(level: event.level, message: "\(event.message)", metadata: all.mapValues { "\($0)" }))
        }
    }

    private let contents = Mutex(Contents())
    /// Called with each line, by whoever writes it, before that goes on.
    let onLine = Mutex<(@Sendable (Line) -> Void)?>(nil)

    /// A logger that writes here.
    var logger: Logger { Logger(label: "test") { _ in Sink(log: self) } }

    /// Everything written so far.
    var lines: [Line] { contents.withLock { $0.lines } }

    /// How many lines say this.
    func count(_ message: String) -> Int { lines.count { $0.message == message } }

    /// Waits until `count` lines are like this.
    func wait(count: Int = 1, for isLike: (Line) -> Bool) async {
        while true {
            let stream: AsyncStream<Void>? = contents.withLock { contents in
                guard contents.lines.count(where: isLike) < count else { return nil }
                let (stream, continuation) = AsyncStream.makeStream(of: Void.self)
                contents.waiting.append(continuation)
                return stream
            }
            guard let stream, !Task.isCancelled else { return }
            for await _ in stream {}
        }
    }

    /// Waits until a reader has become ready `count` times.
    func waitUntilReady(_ reader: String, count: Int = 1) async {
        await wait(count: count) { $0.says("reader is ready", reader) }
    }

    private func add(_ line: Line) {
        let waiting = contents.withLock { contents in
            contents.lines.append(line)
            defer { contents.waiting = [] }
            return contents.waiting
        }
        for continuation in waiting { continuation.finish() }
        if let onLine = onLine.withLock({ $0 }) { onLine(line) }
    }
}
