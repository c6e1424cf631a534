import Controller
import Foundation
import Serving

/// What `skein generate --json` prints: the best answer's fields, all answers where there are several, and timings.
struct GeneratedAnswer: Sendable {
    /// One answer.
    struct Choice: Sendable {
        let text: String
        let answer: AnswerText
        let showsLogProbabilities: Bool
    }

    let promptIDs: [Int32]
    let loadSeconds: Double
    var choices: [Choice] = []
    var firstTokenSeconds = 0.0
    var totalSeconds = 0.0
    /// Tokens of all sequences.
    var tokenCount = 0

    /// One line of JSON with sorted keys.
    func json() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(self), as: UTF8.self)
    }
}

extension GeneratedAnswer: Encodable {
    private enum Keys: String, CodingKey {
        case timings, choices
        case promptIDs = "prompt_ids"
        case promptLogProbabilities = "prompt_logprobs"
    }

    private enum TimingKeys: String, CodingKey {
        case load = "load_seconds"
        case firstToken = "first_token_seconds"
        case total = "total_seconds"
        case tokensPerSecond = "tokens_per_second"
    }

    func encode(to encoder: any Encoder) throws {
        try choices.first?.encode(to: encoder)
        var container = encoder.container(keyedBy: Keys.self)
        if choices.count > 1 { try container.encode(choices, forKey: .choices) }
        try container.encode(promptIDs, forKey: .promptIDs)
        if let tokens = choices.first?.answer.promptTokens, !tokens.isEmpty {
            try container.encode(
                tokens.map { LogProbability($0.id, $0.logProbability, $0.best) },
                forKey: .promptLogProbabilities)
        }
        var timings = container.nestedContainer(keyedBy: TimingKeys.self, forKey: .timings)
        try timings.encode(loadSeconds, forKey: .load)
        try timings.encode(firstTokenSeconds, forKey: .firstToken)
        try timings.encode(totalSeconds, forKey: .total)
        try timings.encode(
            totalSeconds > 0 ? Double(tokenCount) / totalSeconds : 0, forKey: .tokensPerSecond)
    }
}

extension GeneratedAnswer.Choice: Encodable {
    private enum Keys: String, CodingKey {
        case text, logprobs, score
        case tokenIDs = "token_ids"
        case finishReason = "finish_reason"
        case stopReason = "stop_reason"
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Keys.self)
        try container.encode(text, forKey: .text)
        try container.encode(answer.tokens.map(\.id), forKey: .tokenIDs)
        try container.encodeIfPresent(answer.score, forKey: .score)
        switch answer.ending {
        case .length, nil: try container.encode("length", forKey: .finishReason)
        case .endOfText: try container.encode("stop", forKey: .finishReason)
        case .stopToken(let id):
            try container.encode("stop", forKey: .finishReason)
            try container.encode(id, forKey: .stopReason)
        case .stopString(let text):
            try container.encode("stop", forKey: .finishReason)
            try container.encode(text, forKey: .stopReason)
        }
        if showsLogProbabilities {
            try container.encode(
                answer.tokens.map { LogProbability($0.id, $0.logProbability, $0.best) }, forKey: .logprobs)
        }
    }
}

/// A token's log-probability, and the best ones at its place as pairs of id and log-probability.
private struct LogProbability: Encodable {
    let id: Int32
    let logprob: Float?
    let best: [Pair]

    struct Pair: Encodable {
        let token: ScoredToken

        func encode(to encoder: any Encoder) throws {
            var container = encoder.unkeyedContainer()
            try container.encode(token.id)
            try container.encode(token.logProbability)
        }
    }

    init(_ id: Int32, _ logProbability: Float?, _ best: [ScoredToken]) {
        self.id = id
        logprob = logProbability
        self.best = best.map { Pair(token: $0) }
    }
}
