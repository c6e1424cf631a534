/// A failure the user reads as one sentence on stderr.
struct CommandFailure: Error, CustomStringConvertible {
    /// The sentence.
    let description: String
    /// 64 for flags that make no sense, 2 for a wrong file, model or layout, 1 otherwise.
    let exitCode: Int32

    init(_ description: String, exitCode: Int32) {
        self.description = description
        self.exitCode = exitCode
    }
}
