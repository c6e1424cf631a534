/// The framing of Takeoff's streams (contract 2.2).
///
/// Every line of the text is preceded by `data: ` with exactly one space, because clients strip one; CR LF,
/// CR and LF each end a line, because clients end an event's line there and join the lines by LF; a blank
/// line ends the event.
package enum ServerSentEvents {
    /// Skipped by every client: keeps proxies from giving up on a slow answer.
    static let keepAlive = ": keep-alive\n\n"

    /// One event with this text.
    package static func event(_ text: String) -> String {
        var event = "data: "
        event.reserveCapacity(text.utf8.count + 8)
        var endedWithCarriageReturn = false
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\r":
                event += "\ndata: "
            case "\n":
                // The LF of a CR LF belongs to the line end already written.
                if !endedWithCarriageReturn { event += "\ndata: " }
            default:
                event.unicodeScalars.append(scalar)
            }
            endedWithCarriageReturn = scalar == "\r"
        }
        return event + "\n\n"
    }
}
