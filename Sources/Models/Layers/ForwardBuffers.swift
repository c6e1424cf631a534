import Platform
import Tensors

/// The activations of a rank: one buffer per role, for the most rows a step can have.
struct ForwardBuffers {
    /// The residual stream, the same on every rank.
    let hidden: FloatBuffer
    /// Normalized rows.
    let normed: FloatBuffer
    /// This rank's query, key and value rows.
    let query: FloatBuffer
    let key: FloatBuffer
    let value: FloatBuffer
    /// This rank's gate rows, if the MLP is gated.
    let gate: FloatBuffer
    /// Cosines and sines of each row's position, if positions are rotary.
    let cosine: FloatBuffer
    let sine: FloatBuffer
    /// This rank's slice of logits, for fewer rows at once.
    let logits: FloatBuffer

    /// Reserves everything a plan names.
    init(_ plan: ActivationPlan) throws(SystemError) {
        func buffer(_ index: Int) throws(SystemError) -> FloatBuffer {
            try FloatBuffer(rowCount: plan.rowCountMax, columnCount: plan.columnCounts[index])
        }
        hidden = try buffer(0)
        normed = try buffer(1)
        query = try buffer(2)
        key = try buffer(3)
        value = try buffer(4)
        gate = try buffer(5)
        cosine = try buffer(6)
        sine = try buffer(7)
        logits = try FloatBuffer(rowCount: plan.logitsRowCount, columnCount: plan.vocabularyIDCount)
    }
}
