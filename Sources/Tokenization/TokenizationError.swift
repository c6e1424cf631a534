/// What went wrong while a tokenizer was loaded or used, in one sentence that names the value and what is
/// allowed.
package struct TokenizationError: Error, Equatable, CustomStringConvertible {
    /// The kind of fault, for callers that decide on it; people read the message.
    package enum Code: Sendable, Equatable {
        /// A file is absent or cannot be read.
        case unreadableFile
        /// A file is not JSON, lacks a key, or a key has a value that is not allowed.
        case malformedFile
        /// A file names a component (model, normalizer, ...) that is not built here.
        case unsupportedComponent
        /// A file, text or pattern exceeds a named limit.
        case limitExceeded
        /// A text cannot be expressed in this vocabulary, or a pattern failed on it.
        case encodingFailed
    }

    /// The kind of fault.
    package let code: Code
    /// The whole sentence, with the value and the limit.
    package let message: String

    /// The message.
    package var description: String { message }

    init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    static func unsupported(
        _ kind: String, at path: String, found: String, supported: [String]
    ) -> TokenizationError {
        let list = supported.joined(separator: ", ")
        return TokenizationError(
            .unsupportedComponent, "\(path): \(kind) \"\(found)\" is not supported; supported are \(list)"
        )
    }

    /// A text from a file in quotes, cut off where it is long.
    static func excerpt(_ text: String) -> String {
        let scalars = text.unicodeScalars
        let end = scalars.index(scalars.startIndex, offsetBy: 200, limitedBy: scalars.endIndex)
        guard let end, end < scalars.endIndex else { return "\"\(text)\"" }
        return "\"\(String(scalars[..<end]))...\""
    }
}
