/// Turns GPT-2's alphabet back into bytes; what is not UTF-8 becomes U+FFFD. A sequence that is broken off
/// waits.
struct ByteLevelDecoding: DecodingStage {
    private var pending: [UInt8] = []

    mutating func push(_ token: ArraySlice<UInt8>, into output: inout ByteStrings) {
        let settled = settle(token)
        if !settled.isEmpty { output.append(settled) }
    }

    mutating func finish(into output: inout ByteStrings) {
        let rest = settleRest()
        if !rest.isEmpty { output.append(rest) }
    }

    /// Takes the next token and gives what can no longer change.
    mutating func settle(_ token: ArraySlice<UInt8>) -> [UInt8] {
        ByteAlphabet.appendDecoded(token, to: &pending)
        let end = UTF8Scan.incompleteTailStart(of: pending)
        guard end > 0 else { return [] }
        defer { pending.removeFirst(end) }
        return UTF8Scan.repaired(pending[..<end])
    }

    /// Gives what is left.
    mutating func settleRest() -> [UInt8] {
        defer { pending = [] }
        return pending.isEmpty ? [] : UTF8Scan.repaired(pending)
    }
}

/// Turns runs of byte tokens into text.
///
/// The reference decides over a run as a whole: if it is not UTF-8, every byte of it becomes U+FFFD. So a run
/// is let go when the token after it arrives, not before: a character already shown could not be taken back.
struct ByteFallbackDecoding: DecodingStage {
    private var run: [UInt8] = []

    mutating func push(_ token: ArraySlice<UInt8>, into output: inout ByteStrings) {
        if let byte = ByteFallback.byte(of: token) {
            run.append(byte)
        } else {
            finish(into: &output)
            output.append(token)
        }
    }

    mutating func finish(into output: inout ByteStrings) {
        guard !run.isEmpty else { return }
        if String(validating: run, as: UTF8.self) != nil {
            output.append(run)
        } else {
            for _ in run { output.append(UTF8Scan.replacement) }
        }
        run.removeAll(keepingCapacity: true)
    }
}
