/// Cuts a stream of bytes into lines; a longer line is cut at the limit and its rest dropped.
package struct LineSplitter: Sendable {
    /// The longest line that is passed on: 16 KiB.
    package static let byteCountMax = 16 << 10

    private var line: [UInt8] = []
    private var isCut = false

    /// Starts at the beginning of a line.
    package init() {}

    /// Takes in bytes and calls `emit` for every line that they complete.
    package mutating func append(_ bytes: ArraySlice<UInt8>, emit: (String) -> Void) {
        for byte in bytes {
            if byte == UInt8(ascii: "\n") {
                flush(emit: emit, isTerminated: true)
            } else if line.count < Self.byteCountMax {
                line.append(byte)
            } else {
                isCut = true
            }
        }
    }

    /// Passes on what came after the last newline, if anything.
    package mutating func finish(emit: (String) -> Void) {
        flush(emit: emit, isTerminated: false)
    }

    private mutating func flush(emit: (String) -> Void, isTerminated: Bool) {
        if isTerminated || !line.isEmpty {
            emit(String(decoding: line, as: UTF8.self) + (isCut ? " [cut]" : ""))
        }
        line.removeAll(keepingCapacity: true)
        isCut = false
    }
}
