/// What a reader is to do after a step or a sweep.
package enum SchedulerAction: Sendable {
    /// Hand the client the log-probabilities of its prompt.
    case prompt(SequenceHandle, [PromptToken])
    /// Hand the client a token.
    case token(SequenceHandle, id: Int32, logProbability: Float?, best: [ScoredToken])
    /// Hand the client what a beam search has found.
    case hypotheses(SequenceHandle, [BeamAnswer])
    /// Tell the client that its answer is complete; the slot is free.
    case finish(SequenceHandle, FinishReason, generatedTokenCount: Int)
    /// Tell the client that its answer failed; the slot is free.
    case fail(SequenceHandle, ServingError)
    /// The client is gone; the slot is free.
    case cancelled(SequenceHandle)

    /// Does it: writes to the client's stream, without waiting.
    package func perform() {
        switch self {
        case .prompt(let handle, let tokens): handle.put(.prompt(tokens))
        case .token(let handle, let id, let logProbability, let best):
            handle.put(.token(id: id, logProbability: logProbability, best: best))
        case .hypotheses(let handle, let answers): handle.put(.hypotheses(answers))
        case .finish(let handle, let reason, _): handle.put(.finished(reason))
        case .fail(let handle, let error): handle.put(.failed(error))
        case .cancelled(let handle): handle.close()
        }
    }

    /// Lets the client look at what was done. Once all actions of a step are done: one wake serves many clients.
    package func wake() {
        switch self {
        case .prompt(let handle, _), .token(let handle, _, _, _), .hypotheses(let handle, _),
            .finish(let handle, _, _), .fail(let handle, _), .cancelled(let handle):
            handle.wake()
        }
    }
}

/// Why a result does not answer the frame before it. The reader treats its workers as dead.
package enum SchedulerFault: Error, Equatable, Sendable, CustomStringConvertible {
    /// No frame is out.
    case unexpectedResult(stepNumber: UInt64)
    /// The result is another step's.
    case wrongStep(expected: UInt64, found: UInt64)
    /// The result has more or fewer groups than the frame.
    case wrongGroupCount(stepNumber: UInt64, expected: Int, found: Int)
    /// A group answers for another slot.
    case wrongSlot(stepNumber: UInt64, expected: Int32, found: Int32)
    /// A token was asked for and none came, or the other way round.
    case wrongToken(stepNumber: UInt64, slot: Int32, token: Int32)

    package var description: String {
        switch self {
        case .unexpectedResult(let stepNumber): "a result of step \(stepNumber) came while no step was out"
        case .wrongStep(let expected, let found): "step \(expected) was answered by step \(found)"
        case .wrongGroupCount(let stepNumber, let expected, let found):
            "step \(stepNumber) has \(expected) row groups, its result has \(found)"
        case .wrongSlot(let stepNumber, let expected, let found):
            "step \(stepNumber) expects slot \(expected), its result has slot \(found)"
        case .wrongToken(let stepNumber, let slot, let token):
            "step \(stepNumber), slot \(slot): token \(token) does not fit the request for a token"
        }
    }
}
