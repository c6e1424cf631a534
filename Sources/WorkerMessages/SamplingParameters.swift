/// How a worker turns a row of logits into a token (numerics.md 10-12).
///
/// Plain values of fixed width: 48 bytes on the wire, in this order.
package struct SamplingParameters: Equatable, Sendable {
    /// Divides the logits. 0, and what is below `temperatureMin`, is greedy.
    package var temperature: Float = 0
    /// Keeps the shortest prefix whose probability reaches this, in (0, 1]; 1 is off.
    package var topP: Float = 1
    /// Drops tokens below this share of the best one's probability, in [0, 1]; 0 is off.
    package var minP: Float = 0
    /// Locally typical sampling's mass, in (0, 1]; 1 is off.
    package var typicalP: Float = 1
    /// Divides positive and multiplies negative logits of tokens seen in prompt or answer; 1 is off.
    package var repetitionPenalty: Float = 1
    /// Subtracted once from each token of the answer; 0 is off.
    package var presencePenalty: Float = 0
    /// Subtracted once per occurrence in the answer; 0 is off.
    package var frequencyPenalty: Float = 0
    /// Keeps exactly this many tokens; 0 is off, 1 is greedy.
    package var topK: Int32 = 0
    /// Forbids repeating an n-gram of this length; 0 is off.
    package var noRepeatNGramSize: Int32 = 0
    /// End-of-text ids are banned while fewer new tokens than this exist.
    package var minNewTokenCount: Int32 = 0
    /// Key of the random number generator (Philox4x32-10).
    package var seed: UInt64 = 0

    /// Greedy decoding without any processor.
    package init() {}

    /// The least temperature that divides: quotients of logits below 1e8 stay finite, and still any two
    /// logits that differ are so far apart that only the best can be drawn.
    package static let temperatureMin: Float = 1e-30

    /// Whether the token is the first in order, whatever the random number.
    package var isGreedy: Bool { temperature < SamplingParameters.temperatureMin || topK == 1 }
}
