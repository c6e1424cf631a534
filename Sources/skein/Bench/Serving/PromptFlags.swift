import ArgumentParser
import Foundation

/// What requests ask.
struct PromptFlags: ParsableArguments {
    /// Different synthetic prompts of a run.
    private static let syntheticCount = 512

    @Option(help: "The prompt of all requests.")
    var prompt: String?

    @Option(help: "A text file with a prompt on each line.")
    var promptFile: String?

    @Option(help: "Words of synthetic prompts; a common word is about a token.")
    var promptWords: Int?

    @Option(help: "New tokens of each request; with --trace at most so many.")
    var newTokens = 10

    @Option(help: "Words at most of a prompt from a --trace.")
    var promptWordsMax = 512

    mutating func validate() throws {
        guard [prompt != nil, promptFile != nil, promptWords != nil].count(where: { $0 }) <= 1 else {
            throw ValidationError("--prompt, --prompt-file and --prompt-words exclude each other")
        }
        for (name, value) in [
            ("new-tokens", newTokens), ("prompt-words", promptWords ?? 1),
            ("prompt-words-max", promptWordsMax),
        ] where value < 1 {
            throw ValidationError("--\(name) is \(value); at least 1 is needed")
        }
    }

    /// Prompts and numbers of new tokens, in order; a trace decides both unless prompts are given.
    func contents(trace: RequestTrace?) throws -> [(prompt: String, newTokenCount: Int)] {
        var words = SyntheticPrompts(seed: 1)
        if let trace {
            let texts = try givenPrompts()
            return trace.entries.prefix(LoadCalls.countMax).enumerated().map { index, entry in
                let text =
                    texts.isEmpty
                    ? words.prompt(wordCount: min(entry.promptTokenCount, promptWordsMax))
                    : texts[index % texts.count]
                return (text, min(max(entry.newTokenCount, 1), newTokens))
            }
        }
        var texts = try givenPrompts()
        if let promptWords {
            texts = (0..<Self.syntheticCount).map { _ in words.prompt(wordCount: promptWords) }
        }
        if texts.isEmpty { texts = ["Hello World, what is your name dog?"] }
        return texts.map { ($0, newTokens) }
    }

    private func givenPrompts() throws -> [String] {
        if let prompt { return [prompt] }
        guard let promptFile else { return [] }
        guard let text = try? String(contentsOfFile: promptFile, encoding: .utf8) else {
            throw CommandFailure("--prompt-file \(promptFile) is no text file", exitCode: 2)
        }
        let lines = text.split { $0.isNewline }.map(String.init)
        guard !lines.isEmpty else {
            throw CommandFailure("--prompt-file \(promptFile) has no prompts", exitCode: 2)
        }
        return lines
    }
}
