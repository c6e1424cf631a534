/// How a model's generation_config.json wants tokens to be drawn; nil where it does not say.
///
/// Routes whose interface documents defaults keep to those (Takeoff's, the command line's): these hold only where
/// a route has none of its own.
package struct GenerationDefaults: Codable, Equatable, Sendable {
    /// 0, greedy, where the file sets `do_sample` to false, whatever temperature it names besides.
    package var temperature: Float?
    /// `top_p`, over 0, up to 1.
    package var topP: Float?
    /// `top_k`; 0 is off.
    package var topK: Int32?
    /// `min_p`, 0 to 1.
    package var minP: Float?
    /// `typical_p`, over 0, up to 1.
    package var typicalP: Float?
    /// `repetition_penalty`, over 0.
    package var repetitionPenalty: Float?
    /// `no_repeat_ngram_size`; 0 is off.
    package var noRepeatNGramSize: Int32?
    /// `min_new_tokens`.
    package var minNewTokenCount: Int32?
    /// `max_new_tokens`, 1 or more.
    package var maxNewTokenCount: Int?

    /// Says nothing.
    package init() {}

    /// What a request that names nothing gets: the file's values over `own`, the route's.
    package func sampling(over own: SamplingParameters) -> SamplingParameters {
        var sampling = own
        sampling.temperature = temperature ?? own.temperature
        sampling.topP = topP ?? own.topP
        sampling.topK = topK ?? own.topK
        sampling.minP = minP ?? own.minP
        sampling.typicalP = typicalP ?? own.typicalP
        sampling.repetitionPenalty = repetitionPenalty ?? own.repetitionPenalty
        sampling.noRepeatNGramSize = noRepeatNGramSize ?? own.noRepeatNGramSize
        sampling.minNewTokenCount = minNewTokenCount ?? own.minNewTokenCount
        return sampling
    }
}
