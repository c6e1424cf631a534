import Serving
import WorkerMessages

/// A model whose next token is a hash of the tokens so far, the seed and the choice index: any mistake in
/// what a worker is told changes the answer.
enum ScriptedModel {
    /// Token ids are `0 ..< vocabularyCount`.
    static let vocabularyCount = 100
    /// Ends the text.
    static let endOfTextID: Int32 = 99
    /// A prompt that begins with it makes the third new token's logits infinite.
    static let nonFiniteMarker: Int32 = 98
    /// A prompt that begins with it kills the workers whenever a step carries it.
    static let poisonMarker: Int32 = 97

    /// Hash of a sequence's tokens, extended by one; also what a KV position holds.
    static func extend(_ hash: UInt64, by token: Int32) -> UInt64 {
        var generator = SeededGenerator(seed: hash ^ (UInt64(UInt32(bitPattern: token)) &* 0x1000_0000_01B3))
        return generator.next()
    }

    static func hash(of tokens: some Sequence<Int32>) -> UInt64 {
        tokens.reduce(0xCBF2_9CE4_8422_2325) { extend($0, by: $1) }
    }

    /// What is drawn after tokens with this hash.
    static func token(after hash: UInt64, parameters: SamplingParameters, choiceIndex: Int32) -> Int32 {
        var generator = SeededGenerator(seed: hash ^ parameters.seed ^ UInt64(choiceIndex) << 48)
        return generator.happens(4) ? endOfTextID : Int32.random(in: 0..<97, using: &generator)
    }

    /// Whether the logits after `newTokenCount` new tokens are not finite.
    static func isNonFinite(promptIDs: some Collection<Int32>, newTokenCount: Int) -> Bool {
        promptIDs.first == nonFiniteMarker && newTokenCount == 2
    }

    /// What the request yields when it is alone in the world.
    static func soloRun(_ request: GenerationRequest, seed: UInt64, maxSequenceLength: Int) -> [TokenEvent] {
        var sampling = request.parameters.sampling
        sampling.seed = request.parameters.seed ?? seed
        var tokens = request.promptIDs
        var events: [TokenEvent] = []
        while true {
            let newCount = tokens.count - request.promptIDs.count
            if isNonFinite(promptIDs: request.promptIDs, newTokenCount: newCount) {
                return events + [.failed(.nonFiniteLogit(stepNumber: 0, layer: 1))]
            }
            let token = token(
                after: hash(of: tokens), parameters: sampling, choiceIndex: request.choiceIndex)
            if token == endOfTextID && !request.parameters.ignoresEndOfText {
                return events + [.finished(.endOfText)]
            }
            tokens.append(token)
            events.append(.token(token))
            if newCount + 1 == request.parameters.maxNewTokenCount || tokens.count == maxSequenceLength {
                return events + [.finished(.length)]
            }
        }
    }
}
