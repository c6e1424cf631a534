import Foundation
package import Tensors

/// The rotary frequencies of a model, and the cosines and sines of positions (numerics.md 7).
///
/// Frequencies and angles are f32 as transformers computes them; cosine and sine are those of the f32 angle
/// in f64, rounded to f32. `dynamic` is based once, on the longest sequence, and never again.
package struct RoPEFrequencies {
    /// One per pair of elements: theta^(-2i/d), scaled.
    package let inverseFrequencies: [Float]

    /// Computes a model's frequencies for sequences of up to `maxSequenceLength` positions.
    package init(_ configuration: ModelConfiguration, maxSequenceLength: Int) {
        let dimension = configuration.headDimension
        var base = configuration.ropeTheta
        if case .dynamic(let factor) = configuration.ropeScaling {
            let trained = Double(configuration.maxPositionCount)
            let length = max(Double(maxSequenceLength), trained)
            let stretch = factor * length / trained - (factor - 1)
            base *= pow(stretch, Double(dimension) / Double(dimension - 2))
        }
        let plain = (0..<dimension / 2).map { index in
            let exponent = Float(2 * index) / Float(dimension)
            return 1 / Float(pow(Double(Float(base)), Double(exponent)))
        }
        switch configuration.ropeScaling {
        case nil, .dynamic: inverseFrequencies = plain
        case .linear(let factor): inverseFrequencies = plain.map { $0 / Float(factor) }
        case .llama3(let factor, let low, let high, let originalPositionCount):
            inverseFrequencies = plain.map {
                RoPEFrequencies.llama3(
                    $0, factor: Float(factor), low: Float(low), high: Float(high),
                    original: Float(originalPositionCount))
            }
        }
    }

    /// Writes the cosines and sines of one position: one each per frequency.
    package func fill(position: Int, cosine: MutableFloatView, sine: MutableFloatView) {
        for (index, frequency) in inverseFrequencies.enumerated() {
            let angle = Double(Float(position) * frequency)
            cosine[0, index] = Float(cos(angle))
            sine[0, index] = Float(sin(angle))
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
}
