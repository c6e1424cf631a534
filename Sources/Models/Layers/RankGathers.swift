import Collectives
import Tensors

/// One rank's gathers: the communicator, and the shapes that a model of this split needs.
struct RankGathers {
    /// Gathers 1 to 4 of a layer, then those after the last layer.
    enum Point: Int {
        case attention = 1
        case attentionProjection = 2
        case feedForward = 3
        case feedForwardProjection = 4
        case verdict = 5
        case logProbabilities = 6
        case rawLogits = 7
        case processedLogits = 8
        case normalizers = 9
    }

    let communicator: Communicator
    let attention: GatherShape
    let attentionProjection: GatherShape
    let feedForward: GatherShape
    let expertFeedForward: GatherShape
    let sharedExpertFeedForward: GatherShape
    let feedForwardProjection: GatherShape
    /// Whole rows of logits.
    let logits: GatherShape
    /// Flag, best id and best logit.
    let verdict: GatherShape
    /// The same and 256 candidates.
    let candidates: GatherShape
    /// Flag, and every segment's maximum and exp-sum.
    let segments: GatherShape

    init(_ communicator: Communicator, plan: ShardPlan) {
        self.communicator = communicator
        func shape(_ gather: Gather) -> GatherShape {
            GatherShape(columnCounts: plan.columnCounts(of: gather))
        }
        attention = shape(.attention)
        attentionProjection = shape(.attentionProjection)
        feedForward = shape(.feedForward)
        expertFeedForward = shape(.expertFeedForward)
        sharedExpertFeedForward = shape(.sharedExpertFeedForward)
        feedForwardProjection = shape(.feedForwardProjection)
        logits = shape(.logits)
        let width = ActivationPlan.verdictColumnCount
        let candidateWidth = width + 2 * TokenRoute.candidateCountMax
        verdict = GatherShape(columnCounts: plan.shards.map { _ in width })
        candidates = GatherShape(columnCounts: plan.shards.map { _ in candidateWidth })
        segments = GatherShape(
            columnCounts: plan.shards.map { width + 2 * $0.vocabularySegments.count })
    }

    /// Lets `write` fill this rank's columns, gathers, and returns the whole matrix, which stays valid until
    /// the second next gather.
    func gather(
        _ shape: GatherShape, rowCount: Int, layer: Int, at point: Point,
        write: (MutableFloatView) -> Void
    ) throws(CollectiveError) -> FloatView {
        let buffer = communicator.begin(shape, rowCount: rowCount, layer: layer, gather: point.rawValue)
        let matrix = unsafe MutableFloatView(
            base: buffer.base, rowCount: rowCount, columnCount: buffer.columnCount,
            stride: buffer.columnCount)
        write(matrix.columns(buffer.ownColumns))
        try communicator.finish()
        return matrix.readOnly
    }
}
