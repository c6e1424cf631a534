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
    /// This rank's gate rows, if the MLP is gated; the shared expert's, too.
    let gate: FloatBuffer
    /// Cosines and sines of each row's position, for each of the model's lists of frequencies.
    let cosine: FloatBuffer
    let sine: FloatBuffer
    /// Embeddings before they are projected, or what the output head reads, if those differ in width from `hidden`.
    let embedded: FloatBuffer
    /// Of all experts, the same on every rank.
    let routerLogits: FloatBuffer
    /// This rank's columns of the shared expert's output, and how much of it each row takes.
    let sharedOutput: FloatBuffer
    let sharedWeight: FloatBuffer
    /// By assignments to experts: what the expert reads, and this rank's rows of its gate and output.
    let expertInput: FloatBuffer
    let expertGate: FloatBuffer
    let expertOutput: FloatBuffer
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
        embedded = try buffer(8)
        routerLogits = try buffer(9)
        sharedOutput = try buffer(10)
        sharedWeight = try buffer(11)
        func expertBuffer(_ index: Int) throws(SystemError) -> FloatBuffer {
            try FloatBuffer(rowCount: plan.assignmentCountMax, columnCount: plan.expertColumnCounts[index])
        }
        expertInput = try expertBuffer(0)
        expertGate = try expertBuffer(1)
        expertOutput = try expertBuffer(2)
        logits = try FloatBuffer(rowCount: plan.logitsRowCount, columnCount: plan.vocabularyIDCount)
    }
}
