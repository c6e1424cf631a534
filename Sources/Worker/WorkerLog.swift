import Foundation
import Platform

/// A worker's log: one JSON line per event on standard error, which the controller re-emits with the rank.
struct WorkerLog: Sendable {
    /// How much an event matters, by swift-log's names.
    enum Level: String, Codable {
        case debug, info, warning, error
    }

    private struct Line: Encodable {
        let level: Level
        let message: String
        let metadata: [String: String]
    }

    /// Writes one line: a constant message, and what varies as metadata.
    func write(_ level: Level, _ message: String, _ metadata: [String: String] = [:]) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let line = try? encoder.encode(Line(level: level, message: message, metadata: metadata)) else {
            preconditionFailure("a line of text cannot be written as JSON")
        }
        // Where the controller has gone nobody reads it; `write(_:)` would trap.
        try? FileHandle.standardError.write(contentsOf: line + Data("\n".utf8))
    }
}
