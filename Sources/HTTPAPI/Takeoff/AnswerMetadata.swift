import Controller
import Serving
import Tokenization

/// The object behind `return_metadata`; Takeoff's own names are not documented (contract 2.1).
struct AnswerMetadata: Encodable {
    /// `eos_token`, `length` or `stop`.
    let finishReason: String
    let generatedTokens: Int
    let promptTokens: Int
    /// Those of the prompt's tokens that the prefix cache held, so that they were not computed.
    let cachedTokens: Int
    /// What ended the answer, if it was a stop string or a stop id.
    let stopReason: StopReason?
    /// The answer's tokens, if log-probabilities were asked for.
    let logprobs: [TokenMetadata]?
    /// The prompt's tokens, if their log-probabilities were asked for.
    let promptLogprobs: [TokenMetadata]?
    /// A beam's score.
    let score: Float?

    /// A stop string or a stop id.
    enum StopReason: Encodable {
        case text(String)
        case token(Int32)

        func encode(to encoder: any Encoder) throws {
            var container = encoder.singleValueContainer()
            switch self {
            case .text(let text): try container.encode(text)
            case .token(let id): try container.encode(id)
            }
        }
    }

    /// What an answer has come to; `scoring` says which lists were asked for.
    init(_ answer: AnswerText, tokenizer: Tokenizer, scoring: GenerateCall.Scoring) {
        switch answer.ending {
        case .endOfText: (finishReason, stopReason) = ("eos_token", nil)
        case .stopToken(let id): (finishReason, stopReason) = ("stop", .token(id))
        case .stopString(let text): (finishReason, stopReason) = ("stop", .text(text))
        case .length, nil: (finishReason, stopReason) = ("length", nil)
        }
        generatedTokens = answer.tokenCount
        promptTokens = answer.promptTokenCount
        cachedTokens = answer.cachedPromptTokenCount
        logprobs = scoring.topCount.map { count in
            answer.tokens.map {
                TokenMetadata($0.id, $0.logProbability, best: $0.best, hasBest: count > 0, tokenizer)
            }
        }
        promptLogprobs = scoring.promptTopCount.map { count in
            answer.promptTokens.map {
                TokenMetadata($0.id, $0.logProbability, best: $0.best, hasBest: count > 0, tokenizer)
            }
        }
        score = answer.score
    }
}

/// A token with its log-probability, in metadata.
struct TokenMetadata: Encodable {
    let id: Int32
    /// Its text by itself; U+FFFD for a part of a character.
    let token: String
    /// Nil where nothing came before the token.
    let logprob: Float?
    /// The likeliest tokens at its place, best first, if they were asked for.
    let topLogprobs: [Ranked]?

    /// One of the likeliest tokens.
    struct Ranked: Encodable {
        let id: Int32
        let token: String
        let logprob: Float
    }

    init(_ id: Int32, _ logProbability: Float?, best: [ScoredToken], hasBest: Bool, _ tokenizer: Tokenizer) {
        func text(_ id: Int32) -> String { tokenizer.decode([id], skipSpecialTokens: false) }
        self.id = id
        token = text(id)
        logprob = logProbability
        topLogprobs =
            hasBest
            ? best.map { Ranked(id: $0.id, token: text($0.id), logprob: $0.logProbability) } : nil
    }
}
