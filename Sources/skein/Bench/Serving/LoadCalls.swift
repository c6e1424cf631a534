import ArgumentParser
import Foundation
import NIOCore

/// One request as it is sent.
struct LoadCall: Sendable {
    /// The body.
    let body: ByteBuffer
    /// How many new tokens it asks for.
    let newTokenCount: Int
}

/// The requests of a run, one after the other and from the start again; made before the clock runs.
struct LoadCalls: Sendable {
    /// Different bodies at most.
    static let countMax = 100_000
    private let calls: [LoadCall]

    /// Requests for these prompts and numbers of new tokens.
    init(_ contents: [(prompt: String, newTokenCount: Int)], template: BodyTemplate) {
        calls = contents.prefix(Self.countMax).map { prompt, newTokenCount in
            let body = template.body(prompt: prompt, newTokenCount: newTokenCount)
            return LoadCall(body: ByteBuffer(string: body), newTokenCount: newTokenCount)
        }
        precondition(!calls.isEmpty, "a load without requests")
    }

    /// The request with this number, counted from 0.
    subscript(number: Int) -> LoadCall { calls[number % calls.count] }
}

/// Text without meaning, of a given number of words; the same for the same seed.
struct SyntheticPrompts {
    /// Words that common tokenizers have as one token each.
    private static let words = [
        "the", "of", "and", "to", "in", "that", "was", "his", "with", "for", "had", "you", "not", "they",
        "one", "this", "from", "have", "were", "all", "she", "there", "would", "their", "out", "when", "up",
        "time", "now", "little", "then", "two", "like", "our", "over", "man", "even", "most", "after", "day",
    ]
    private var numbers: SeededNumbers

    /// Draws words by `seed`.
    init(seed: UInt64) {
        numbers = SeededNumbers(seed: seed)
    }

    /// Words separated by spaces, at least one.
    mutating func prompt(wordCount: Int) -> String {
        (0..<max(1, wordCount)).map { _ in Self.words[Int(numbers.next() % UInt64(Self.words.count))] }
            .joined(separator: " ")
    }
}
