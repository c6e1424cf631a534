import Foundation
package import Tensors

/// The rotary frequencies of a model, and the cosines and sines of positions (numerics.md 7).
///
/// Frequencies and angles are f32 as transformers computes them; cosine and sine are those of the f32 angle
/// in f64, rounded to f32. What depends on the length of a sequence (`dynamic`'s base, the list that longrope takes) is
/// chosen once, for the longest one, and never again.
package struct RoPEFrequencies {
    /// One per pair of elements: theta^(-2i/d), scaled.
    package let inverseFrequencies: [Float]
    /// Multiplies cosines and sines; 1 for most.
    package let attentionFactor: Float

    /// Computes a model's frequencies for sequences of up to `maxSequenceLength` positions.
    package init(_ configuration: ModelConfiguration, maxSequenceLength: Int) {
        let dimension = configuration.rotaryDimension
        var base = configuration.ropeTheta
        if case .dynamic(let factor) = configuration.ropeScaling {
            let trained = Double(configuration.maxPositionCount)
            let length = max(Double(maxSequenceLength), trained)
            let stretch = factor * length / trained - (factor - 1)
            base *= pow(stretch, Double(dimension) / Double(dimension - 2))
        }
        let periods = RoPEFrequencies.periods(base: base, dimension: dimension)
        let plain = periods.map { 1 / $0 }
        switch configuration.ropeScaling {
        case nil, .dynamic:
            inverseFrequencies = plain
            attentionFactor = 1
        case .linear(let factor):
            inverseFrequencies = plain.map { $0 / Float(factor) }
            attentionFactor = 1
        case .llama3(let factor, let low, let high, let originalPositionCount):
            inverseFrequencies = plain.map {
                RoPEFrequencies.llama3(
                    $0, factor: Float(factor), low: Float(low), high: Float(high),
                    original: Float(originalPositionCount))
            }
            attentionFactor = 1
        case .yarn(let yarn):
            inverseFrequencies = RoPEFrequencies.yarn(yarn, periods: periods, base: base)
            attentionFactor = Float(yarn.attentionFactor)
        case .longRoPE(let shortFactors, let longFactors, let factor, let originalPositionCount):
            let factors = maxSequenceLength > originalPositionCount ? longFactors : shortFactors
            inverseFrequencies = zip(factors, periods).map { 1 / (Float($0) * $1) }
            attentionFactor = Float(factor)
        }
    }

    /// Plain frequencies for `dimension` elements of a head.
    init(base: Double, dimension: Int) {
        inverseFrequencies = RoPEFrequencies.periods(base: base, dimension: dimension).map { 1 / $0 }
        attentionFactor = 1
    }

    /// base^(2i/d).
    private static func periods(base: Double, dimension: Int) -> [Float] {
        (0..<dimension / 2).map { index in
            Float(pow(Double(Float(base)), Double(Float(2 * index) / Float(dimension))))
        }
    }

    /// Writes the cosines and sines of one position: one each per frequency.
    package func fill(position: Int, cosine: MutableFloatView, sine: MutableFloatView) {
        for (index, frequency) in inverseFrequencies.enumerated() {
            let angle = Double(Float(position) * frequency)
            cosine[0, index] = Float(cos(angle)) * attentionFactor
            sine[0, index] = Float(sin(angle)) * attentionFactor
        }
    }

    /// transformers' `_compute_llama3_parameters`, with its names: wavelengths below original/high stay,
    /// those above original/low are divided, and those between are mixed.
    ///
    /// Roundings are torch's, which computes a number divided by a tensor as the reciprocal times the number.
    private static func llama3(
        _ frequency: Float, factor: Float, low: Float, high: Float, original: Float
    ) -> Float {
        let wavelength = 1 / frequency * Float(2 * Double.pi)
        if wavelength < original / high { return frequency }
        if wavelength > original / low { return frequency / factor }
        let smooth = (1 / wavelength * original - low) / (high - low)
        return (1 - smooth) * frequency / factor + smooth * frequency
    }

    /// transformers' `_compute_yarn_parameters`; `periods` are base^(2i/d).
    private static func yarn(_ yarn: RoPEScaling.YaRN, periods: [Float], base: Double) -> [Float] {
        let dimension = Double(2 * periods.count)
        /// The frequency that turns so often within the original length.
        func index(ofRotations count: Double) -> Double {
            let length = Double(yarn.originalPositionCount)
            return dimension * log(length / (count * 2 * Double.pi)) / (2 * log(base))
        }
        var low = index(ofRotations: yarn.betaFast)
        var high = index(ofRotations: yarn.betaSlow)
        if yarn.isTruncated { (low, high) = (low.rounded(.down), high.rounded(.up)) }
        (low, high) = (max(low, 0), min(high, dimension - 1))
        if low == high { high += 0.001 }
        return periods.enumerated().map { index, period in
            let ramp = min(max((Float(index) - Float(low)) / Float(high - low), 0), 1)
            let kept = 1 - ramp
            return 1 / (Float(yarn.factor) * period) * (1 - kept) + 1 / period * kept
        }
    }
}
