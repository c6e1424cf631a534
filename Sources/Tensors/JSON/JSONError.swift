/// Why bytes are not the JSON that was expected, and where.
package struct JSONError: Error, Equatable, Sendable, CustomStringConvertible {
    /// Offset of the offending byte from the start of the text.
    package let byteOffset: Int
    /// What is wrong there, with the value and what is allowed.
    package let reason: String

    /// Makes an error.
    package init(byteOffset: Int, reason: String) {
        self.byteOffset = byteOffset
        self.reason = reason
    }

    package var description: String { "\(reason), at byte \(byteOffset) of the JSON" }
}
