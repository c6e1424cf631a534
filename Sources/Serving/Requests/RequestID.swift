/// Names one sequence a client asked for; unique for the controller's life.
package struct RequestID: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The number.
    package let rawValue: UInt64
    /// What client and server call the HTTP request (`x-request-id`), which may have several sequences; empty
    /// for a sequence that nobody asked for over HTTP.
    package let clientID: String

    /// Wraps a number that the caller keeps unique.
    package init(_ rawValue: UInt64) { self.init(rawValue, of: "") }

    /// The same for a sequence of this HTTP request.
    package init(_ rawValue: UInt64, of clientID: String) {
        self.rawValue = rawValue
        self.clientID = clientID
    }

    /// Earlier numbers first.
    package static func < (left: RequestID, right: RequestID) -> Bool { left.rawValue < right.rawValue }

    /// In logs as `request.id`: the client's name of the request, or the number where there is none.
    package var description: String { clientID.isEmpty ? "request-\(rawValue)" : clientID }
}
