package import Platform
package import Tensors
package import WorkerMessages

/// Decides a token from processed logits (numerics.md 11), from merged candidates or from a whole row alike.
///
/// w = exp(l - m) in f32. Running sums are f64, in order. Allocates nothing per token.
package struct TokenDraw {
    /// What the order is read from.
    package let order: RowOrder
    private let kernels: Kernels
    private let segments: SegmentTable
    private let segmentWeights: FloatBuffer
    private var typicalOrder: OrderHeap

    /// Reserves memory for rows of `vocabularyCount` logits.
    package init(vocabularyCount: Int, candidateCapacity: Int, kernels: Kernels) throws(SystemError) {
        let capacity = max(vocabularyCount, candidateCapacity)
        order = try RowOrder(capacity: capacity, kernels: kernels)
        self.kernels = kernels
        segments = try SegmentTable(vocabularyCount: vocabularyCount, kernels: kernels)
        segmentWeights = try FloatBuffer(rowCount: 1, columnCount: Kernels.segmentIDCount)
        typicalOrder = OrderHeap(capacity: capacity)
    }

    /// Draws from the candidates that `order` holds, which are the row's best `topK`; nil if every id is
    /// banned.
    package mutating func fromCandidates(_ parameters: SamplingParameters, uniform: Double) -> Int32? {
        guard order.limit > 0 else { return nil }
        return inOrder(parameters, uniform: uniform, total: nil)
    }

    /// Draws from a whole row of processed logits; nil if every id is banned.
    package mutating func fromWholeRow(
        _ row: FloatView, _ parameters: SamplingParameters, uniform: Double
    ) -> Int32? {
        let topK = Int(parameters.topK)
        if parameters.isGreedy || topK > 0 {
            order.begin(wholeRow: row, limit: parameters.isGreedy ? 1 : topK)
            return inOrder(parameters, uniform: uniform, total: nil)
        }
        segments.fill(from: row)
        let maximum = segments.maximum()
        guard maximum > -.infinity else { return nil }
        guard maximum < .infinity else { return Int32(kernels.indexOfMaximum(row)) }
        let total = segments.total(relativeTo: maximum)
        guard parameters.topP < 1 || parameters.minP > 0 || parameters.typicalP < 1 else {
            return bySegments(row, maximum: maximum, target: uniform * total)
        }
        order.begin(wholeRow: row, limit: row.columnCount)
        return inOrder(parameters, uniform: uniform, total: total)
    }

    // MARK: In order

    /// total: the exp-sum of the whole row, or nil for the sum over the survivors of top-k.
    private mutating func inOrder(
        _ parameters: SamplingParameters, uniform: Double, total: Double?
    ) -> Int32? {
        order.find(0)
        guard order.logit(0) > -.infinity else { return nil }
        if parameters.isGreedy || order.logit(0) == .infinity { return order.ids[0] }
        let keptCount = prefix(parameters, target: Double(parameters.topP) * (total ?? survivorSum()))
        if parameters.typicalP < 1 { keepTypical(keptCount, mass: Double(parameters.typicalP)) }
        var sum = 0.0
        for index in 0..<keptCount { sum += Double(order.weight(index)) }
        let target = uniform * sum
        var running = 0.0
        var last = 0
        for index in 0..<keptCount where order.weight(index) > 0 {
            running += Double(order.weight(index))
            last = index
            if running > target { break }
        }
        return order.ids[last]
    }

    private func survivorSum() -> Double {
        order.find(order.limit - 1)
        var sum = 0.0
        for index in 0..<order.limit { sum += Double(order.weight(index)) }
        return sum
    }

    /// How many ids from the first on top-p and min-p keep. Ids of weight 0 end it: they and what follows are
    /// never drawn.
    private func prefix(_ parameters: SamplingParameters, target: Double) -> Int {
        var running = 0.0
        for index in 0..<order.limit {
            order.find(index)
            let weight = order.weight(index)
            if index > 0, weight == 0 || weight < parameters.minP { return index }
            running += Double(weight)
            if parameters.topP < 1, running >= target { return index + 1 }
        }
        return order.limit
    }

    /// Locally typical sampling: keeps the ids whose surprise is nearest to the entropy, up to a share of the
    /// mass.
    ///
    /// p = w / sum w over the kept ids; surprise = -((l - m) - log(sum w)); the distance is rounded to f32,
    /// ties by order.
    private mutating func keepTypical(_ keptCount: Int, mass: Double) {
        var sum = 0.0
        for index in 0..<keptCount { sum += Double(order.weight(index)) }
        let logSum = Kernels.log(sum)
        let maximum = Double(order.logit(0))
        var entropy = 0.0
        for index in 0..<keptCount {
            let surprise = logSum - (Double(order.logit(index)) - maximum)
            entropy += Double(order.weight(index)) / sum * surprise
        }
        typicalOrder.removeAll()
        for index in 0..<keptCount {
            let surprise = logSum - (Double(order.logit(index)) - maximum)
            typicalOrder.append(OrderHeap.key(ascending: Float(abs(surprise - entropy)), index: index))
        }
        typicalOrder.restore()
        var running = 0.0
        var isComplete = false
        while typicalOrder.count > 0 {
            let index = OrderHeap.index(of: typicalOrder.takeFirst())
            if isComplete {
                order.drop(index)
            } else {
                running += Double(order.weight(index))
                isComplete = running >= mass * sum
            }
        }
    }

    // MARK: By segments

    /// Without top-k, top-p, min-p and typical: segments ascending, then ids ascending.
    private func bySegments(_ row: FloatView, maximum: Float, target: Double) -> Int32? {
        var running = 0.0
        var chosen = 0
        var before = 0.0
        for segment in 0..<segments.count {
            let mass = segments.mass(segment)
            guard mass > 0 else { continue }
            (chosen, before) = (segment, running)
            running += mass
            if running > target { break }
        }
        let start = chosen * Kernels.segmentIDCount
        let ids = start..<min(start + Kernels.segmentIDCount, row.columnCount)
        let weights = segmentWeights.view(rowCount: 1, columnCount: ids.count)
        kernels.exp(row.columns(ids), minus: maximum, into: weights)
        running = before
        var last: Int32?
        for column in 0..<ids.count where weights[0, column] > 0 {
            running += Double(weights[0, column])
            last = Int32(start + column)
            if running > target { break }
        }
        return last
    }
}
