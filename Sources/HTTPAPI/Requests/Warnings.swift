import HTTPTypes
import Hummingbird
import Logging

/// Tells client and operator about what was accepted without effect (design 8): header lines and log lines.
enum Warnings {
    /// The header; one line a warning.
    static let headerName = HTTPField.Name("x-skein-warning")!
    /// Header lines of one answer; further warnings are counted in the last.
    static let countMax = 16
    /// Characters of one warning.
    static let characterCountMax = 200

    /// Adds the warnings to an answer's headers.
    static func add(_ warnings: [String], to headers: inout HTTPFields) {
        for text in headerTexts(warnings) { headers.append(HTTPField(name: headerName, value: text)) }
    }

    /// The header's lines.
    static func headerTexts(_ warnings: [String]) -> [String] {
        let texts = warnings.prefix(countMax).map(headerText)
        return warnings.count > countMax ? texts + ["\(warnings.count - countMax) more warnings"] : texts
    }

    /// Logs the warnings of a request.
    static func log(_ warnings: [String], requestID: String, to logger: Logger) {
        guard !warnings.isEmpty else { return }
        let shown = warnings.prefix(countMax).map { Logger.MetadataValue.string(headerText($0)) }
        logger.warning(
            "Request with fields that have no effect",
            metadata: ["request.id": .string(requestID), "http.warnings": .array(shown)])
    }

    /// Only printable ASCII goes into a header; the rest, which a client chose, becomes a question mark.
    private static func headerText(_ text: String) -> String {
        let legal: ClosedRange<Unicode.Scalar> = " "..."~"
        let scalars = text.unicodeScalars.prefix(characterCountMax).map { legal.contains($0) ? $0 : "?" }
        return String(String.UnicodeScalarView(scalars))
    }
}
