/// Reads server-sent events out of bytes that arrive in any pieces (WHATWG HTML, 9.2.6).
///
/// Only what a load generator needs of an event is kept: its data. Bound: the caller's; an event is as long as the
/// server makes it.
struct EventStreamParser {
    private var line: [UInt8] = []
    private var data: [UInt8] = []
    private var hasData = false
    private var endedWithCarriageReturn = false

    /// Takes in the next bytes; calls `body` with the data of each event that they complete.
    mutating func append(_ bytes: some Sequence<UInt8>, body: ([UInt8]) -> Void) {
        for byte in bytes {
            switch byte {
            case UInt8(ascii: "\r"):
                endedWithCarriageReturn = true
                endLine(body)
            case UInt8(ascii: "\n"):
                // The LF of a CR LF ends no second line.
                if !endedWithCarriageReturn { endLine(body) }
                endedWithCarriageReturn = false
            default:
                endedWithCarriageReturn = false
                line.append(byte)
            }
        }
    }

    /// Whether bytes are left that no blank line has closed: the stream was cut.
    var isInsideEvent: Bool { hasData || !line.isEmpty }

    private mutating func endLine(_ body: ([UInt8]) -> Void) {
        defer { line.removeAll(keepingCapacity: true) }
        guard !line.isEmpty else {
            if hasData { body(data) }
            data.removeAll(keepingCapacity: true)
            hasData = false
            return
        }
        // A line that begins with a colon is a comment: its field's name is empty.
        let colon = line.firstIndex(of: UInt8(ascii: ":")) ?? line.endIndex
        guard line[..<colon].elementsEqual("data".utf8) else { return }
        if hasData { data.append(UInt8(ascii: "\n")) }
        hasData = true
        var value = line[colon...].dropFirst()
        if value.first == UInt8(ascii: " ") { value = value.dropFirst() }
        data.append(contentsOf: value)
    }
}
