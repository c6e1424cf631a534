import Foundation
import Logging

/// One line a worker wrote to standard error: structured if it is ours, else as it stands (a crash report, a
/// library).
struct WorkerLogLine: Equatable {
    /// How serious.
    let level: Logger.Level
    /// The constant message.
    let message: String
    /// The variables, as text.
    let metadata: [String: String]

    private struct Fields: Decodable {
        var level: String
        var message: String
        var metadata: [String: String]?
    }

    /// Understands a line; anything that is not our JSON becomes a warning with the line in its metadata.
    init(_ line: String) {
        guard line.hasPrefix("{"), let fields = try? JSONDecoder().decode(Fields.self, from: Data(line.utf8))
        else {
            level = .warning
            message = "worker wrote to standard error"
            metadata = ["worker.line": line]
            return
        }
        level = Logger.Level(rawValue: fields.level) ?? .warning
        message = fields.message
        metadata = fields.metadata ?? [:]
    }

    /// Writes the line again, with the reader and the rank.
    func emit(to logger: Logger, reader: ReaderID, rank: Int) {
        var all = Logger.Metadata(uniqueKeysWithValues: metadata.map { ($0.key, .string($0.value)) })
        all["reader.id"] = .string(reader.name)
        all["worker.rank"] = .stringConvertible(rank)
        logger.log(level: level, "\(message)", metadata: all)
    }
}
