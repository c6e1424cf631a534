import Foundation
import Logging
import Topology

/// Log lines on stderr, as text or as one JSON object a line.
struct ConsoleLog: LogHandler {
    var logLevel: Logger.Level
    var metadata: Logger.Metadata = [:]
    private let format: LogFormat
    private let label: String

    /// The process's logger.
    static func logger(level: LogLevel, format: LogFormat) -> Logger {
        Logger(label: "skein") { label in
            ConsoleLog(
                logLevel: Logger.Level(rawValue: level.rawValue) ?? .info, format: format, label: label)
        }
    }

    /// A handler; `logger` makes the process's.
    init(logLevel: Logger.Level, format: LogFormat, label: String) {
        self.logLevel = logLevel
        self.format = format
        self.label = label
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let all = event.metadata.map { metadata.merging($0) { _, new in new } } ?? metadata
        let time = Int64((Date().timeIntervalSince1970 * 1000).rounded(.down))
        StandardError.write(text(of: event, all, milliseconds: time))
    }

    /// The line for an event at this moment, in milliseconds since 1970.
    func text(of event: LogEvent, _ metadata: Logger.Metadata, milliseconds: Int64) -> String {
        var line = LogLine()
        switch format {
        case .text:
            line.append(milliseconds: milliseconds)
            line.append(" ")
            line.append(event.level.rawValue)
            line.append(" ")
            line.append("\(event.message)")
            for (key, value) in metadata.sorted(by: { $0.key < $1.key }) {
                line.append(" ")
                line.append(key)
                line.append("=")
                line.append("\(value)")
            }
        case .json:
            line.append("{\"time\":\"")
            line.append(milliseconds: milliseconds)
            line.append("\"")
            for (key, value) in [
                ("level", event.level.rawValue), ("message", "\(event.message)"), ("logger", label),
            ] { line.append(key, value) }
            let own: Set = ["time", "level", "message", "logger"]
            for (key, value) in metadata.sorted(by: { $0.key < $1.key }) where !own.contains(key) {
                line.append(key, "\(value)")
            }
            line.append("}")
        }
        return line.text
    }
}

extension LogLine {
    /// Adds one more field of a JSON object.
    fileprivate mutating func append(_ key: String, _ value: String) {
        append(",")
        append(json: key)
        append(":")
        append(json: value)
    }
}
