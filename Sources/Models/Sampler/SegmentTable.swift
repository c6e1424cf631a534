package import Platform
package import Tensors

/// Maximum and exp-sum of every 128-id segment of a row, and what follows from them (numerics.md 10).
///
/// Filled from a whole row or segment by segment from what the ranks sent. Sums over segments are f64,
/// ascending.
package struct SegmentTable {
    /// Segments of the vocabulary.
    package let count: Int
    private let kernels: Kernels
    private let maxima: MutableFloatView
    private let sums: MutableFloatView
    private let factors: MutableFloatView
    private let buffer: FloatBuffer

    /// Reserves the table of rows of `vocabularyCount` logits.
    package init(vocabularyCount: Int, kernels: Kernels) throws(SystemError) {
        count = (vocabularyCount + Kernels.segmentIDCount - 1) / Kernels.segmentIDCount
        self.kernels = kernels
        buffer = try FloatBuffer(rowCount: 3, columnCount: count)
        maxima = buffer.view.row(0)
        sums = buffer.view.row(1)
        factors = buffer.view.row(2)
    }

    /// Computes the table of a whole row.
    package func fill(from row: FloatView) {
        maxima.withMutableSpan { maxima in
            sums.withMutableSpan { sums in
                kernels.segmentStatistics(row, maxima: &maxima, sums: &sums)
            }
        }
    }

    /// Sets one segment.
    package func set(_ segment: Int, maximum: Float, sum: Float) {
        maxima[0, segment] = maximum
        sums[0, segment] = sum
    }

    /// The row's maximum.
    package func maximum() -> Float {
        var maximum = -Float.infinity
        for segment in 0..<count { maximum = max(maximum, maxima[0, segment]) }
        return maximum
    }

    /// The row's exp-sum relative to its maximum, which is finite; afterwards `mass` may be asked.
    package func total(relativeTo maximum: Float) -> Double {
        kernels.exp(maxima.readOnly, minus: maximum, into: factors)
        var total = 0.0
        for segment in 0..<count { total += mass(segment) }
        return total
    }

    /// One segment's share of `total`: its sum times exp(its maximum - the row's), the product exact in f64.
    package func mass(_ segment: Int) -> Double {
        Double(sums[0, segment]) * Double(factors[0, segment])
    }

    /// What turns the row's logits into log-probabilities; its maximum is finite.
    package func normalizer() -> LogNormalizer {
        let maximum = maximum()
        return LogNormalizer(maximum: maximum, logTotal: Kernels.log(total(relativeTo: maximum)))
    }
}

/// Turns logits of one row into log-probabilities: l - maximum - log of the exp-sum relative to the maximum.
package struct LogNormalizer: Equatable, Sendable {
    /// The row's largest logit.
    package let maximum: Float
    /// Natural logarithm of the exp-sum, at least 0.
    package let logTotal: Double

    /// Makes a normalizer.
    package init(maximum: Float, logTotal: Double) {
        self.maximum = maximum
        self.logTotal = logTotal
    }

    /// The log-probability, reckoned in f64 and rounded once.
    package func logProbability(ofLogit logit: Float) -> Float {
        Float(Double(logit) - Double(maximum) - logTotal)
    }
}
