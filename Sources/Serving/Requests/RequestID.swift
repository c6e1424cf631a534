/// Names one sequence a client asked for; unique for the controller's life, in logs as `request.id`.
package struct RequestID: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The number.
    package let rawValue: UInt64

    /// Wraps a number that the caller keeps unique.
    package init(_ rawValue: UInt64) {
        self.rawValue = rawValue
    }

    /// Earlier numbers first.
    package static func < (left: RequestID, right: RequestID) -> Bool { left.rawValue < right.rawValue }

    package var description: String { "request-\(rawValue)" }
}
