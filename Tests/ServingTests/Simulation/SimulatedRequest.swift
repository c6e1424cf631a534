import Serving

/// One request of a simulation: what it is, and what became of it.
struct SimulatedRequest {
    let request: GenerationRequest
    let handle: SequenceHandle
    let stream: TokenStream
    /// Its own or the drawn one.
    let seed: UInt64
    /// What it yields alone.
    let solo: [TokenEvent]
    var isCancelled = false
    /// How often it was told its end.
    var closingCount = 0
    /// Tokens handed out, to reckon gains.
    var tokenCount = 0
    /// The same when a reader took it last.
    var tokenCountAtAdmission = 0
    /// Deaths in a row without a token, as the simulation counts them.
    var barrenDeathCount = 0
    /// Whether the last of those deaths found it alone.
    var diedAlone = false

    var isPoison: Bool { request.promptIDs.first == ScriptedModel.poisonMarker }

    /// What is wrong with the events its client got; nil if nothing is.
    func fault(in events: [TokenEvent]) -> String? {
        guard closingCount == 1 else { return "\(request.id) was ended \(closingCount) times" }
        let closings = events.filter { event in
            if case .token = event { false } else { true }
        }
        let tokens = events.filter { event in
            if case .token = event { true } else { false }
        }
        if isCancelled && closings.isEmpty {
            return solo.starts(with: tokens) ? nil : "\(request.id), cancelled, got \(tokens), solo \(solo)"
        }
        guard closings.count == 1, let closing = events.last, closing == closings[0] else {
            return "\(request.id) got closing events \(closings)"
        }
        switch closing {
        case .failed(.poison(let deathCount)):
            let isRightly = deathCount == 3 && barrenDeathCount == 3 && diedAlone
            return isRightly && solo.starts(with: tokens)
                ? nil : "\(request.id) failed as poison after \(barrenDeathCount) barren deaths"
        case .failed(.nonFiniteLogit(_, layer: 1)):
            return request.promptIDs.first == ScriptedModel.nonFiniteMarker
                && tokens == Array(solo.dropLast())
                ? nil : "\(request.id) failed with a wrong logit"
        default:
            if isPoison { return "\(request.id) is poison and ended with \(closing)" }
            return events == solo ? nil : "\(request.id) got \(events), solo \(solo)"
        }
    }
}
