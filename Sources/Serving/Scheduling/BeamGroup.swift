import WorkerMessages

/// A beam search in a reader's slots: one slot for each open hypothesis, and spare ones up to the beam's width, so that
/// a fork never waits.
struct BeamGroup: Sendable {
    /// How far the search has come.
    var search: BeamSearch
    /// Slots of the open hypotheses, in the search's order.
    var members: [Int32]
    /// Slots for hypotheses to come.
    var spareSlots: [Int32]
    /// By slot: what the workers found to continue its hypothesis.
    var continuations: [Int32: [StepResult.Candidate]] = [:]

    /// Whether every open hypothesis has its continuations.
    var isComplete: Bool { continuations.count == members.count }
}
