import Serving
import Tokenization

/// One prompt's answer as text: what each token completes, and at the end what was left over.
struct AnswerText {
    private var detokenizer: StreamingDetokenizer
    private let promptTokenCount: Int
    private(set) var generatedTokenCount = 0
    /// Why the answer ended; nil while it grows.
    private(set) var finishReason: FinishReason?

    /// An empty answer to a prompt.
    init(tokenizer: Tokenizer, promptIDs: [Int32]) {
        detokenizer = StreamingDetokenizer(
            tokenizer: tokenizer, promptIDs: promptIDs, skipSpecialTokens: true)
        promptTokenCount = promptIDs.count
    }

    /// The text that this event completes; empty while a character is incomplete.
    mutating func text(of event: TokenEvent) throws(ServingError) -> String {
        switch event {
        case .token(let id, _):
            generatedTokenCount += 1
            return detokenizer.append(id)
        case .finished(let reason):
            finishReason = reason
            return detokenizer.finish()
        case .failed(let error): throw error
        }
    }

    /// What `return_metadata` shows of this answer.
    var metadata: AnswerMetadata {
        AnswerMetadata(
            finishReason: finishReason == .endOfText ? "eos_token" : "length",
            generatedTokens: generatedTokenCount, promptTokens: promptTokenCount)
    }
}

/// The object behind `return_metadata`; Takeoff's own names are not documented (contract 2.1).
struct AnswerMetadata: Encodable {
    /// `eos_token` or `length`.
    let finishReason: String
    let generatedTokens: Int
    let promptTokens: Int
}
