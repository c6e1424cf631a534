import Foundation

/// Text for people beside a command's results.
enum StandardError {
    /// Whether a person may be looking.
    static let isTerminal = isatty(FileHandle.standardError.fileDescriptor) == 1

    /// Writes `text`; where that is not possible, as with a closed pipe, the text is lost and the command goes on.
    static func write(_ text: String) {
        try? FileHandle.standardError.write(contentsOf: Data(text.utf8))
    }
}
