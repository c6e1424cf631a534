import Foundation
import Logging
import Topology

/// Log lines on stderr, as text or as one JSON object a line.
struct ConsoleLog: LogHandler {
    /// Characters of one line at most.
    private static let lineLengthMax = 16 << 10

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

    private init(logLevel: Logger.Level, format: LogFormat, label: String) {
        self.logLevel = logLevel
        self.format = format
        self.label = label
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let all = metadata.merging(event.metadata ?? [:]) { _, new in new }
        let time = Date().formatted(.iso8601.time(includingFractionalSeconds: true))
        let line =
            switch format {
            case .text: textLine(time, event, all)
            case .json: jsonLine(time, event, all)
            }
        StandardError.write(line.prefix(Self.lineLengthMax) + "\n")
    }

    private func textLine(_ time: String, _ event: LogEvent, _ metadata: Logger.Metadata) -> String {
        let values = metadata.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        return ([time, "\(event.level)", "\(event.message)"] + values).joined(separator: " ")
            .replacing("\n", with: "\\n")
    }

    private func jsonLine(_ time: String, _ event: LogEvent, _ metadata: Logger.Metadata) -> String {
        var record = metadata.mapValues { "\($0)" }
        record["time"] = time
        record["level"] = "\(event.level)"
        record["message"] = "\(event.message)"
        record["logger"] = label
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // A dictionary of strings always encodes; a line that did not would be the message alone.
        guard let data = try? encoder.encode(record) else { return "\(event.message)" }
        return String(decoding: data, as: UTF8.self)
    }
}
