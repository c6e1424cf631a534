import WorkerMessages

/// The longest lists a request may bring.
package enum ListLimits {
    /// Stop ids.
    package static let stopTokenCountMax = 256
    /// Biases, and ids that are never drawn.
    package static let biasCountMax = 4096
    /// Largest bias, and the negative of the smallest.
    package static let biasMax: Float = 100
    /// Bad words of several ids.
    package static let bannedSequenceCountMax = 1024
    /// Ids of one of them.
    package static let bannedSequenceLengthMax = 256
}

extension GenerationParameters {
    /// Refuses lists that are too long, and biases and widths out of bounds.
    func validateLists() throws(ServingError) {
        try requireCount("stop_token_ids", stopTokenIDs.count, ListLimits.stopTokenCountMax)
        try requireCount("logit_bias", biases.count, ListLimits.biasCountMax)
        try requireCount("bad_words", bannedTokenIDs.count, ListLimits.biasCountMax)
        try requireCount("bad_words", bannedSequences.count, ListLimits.bannedSequenceCountMax)
        for sequence in bannedSequences {
            let allowed = "words of 2 to \(ListLimits.bannedSequenceLengthMax) tokens"
            try require(
                "bad_words", sequence.count, allowed,
                (2...ListLimits.bannedSequenceLengthMax).contains(sequence.count))
        }
        for bias in biases {
            let range = -ListLimits.biasMax...ListLimits.biasMax
            try require(
                "logit_bias of token \(bias.tokenID)", bias.value,
                "\(Int(range.lowerBound)) to \(Int(range.upperBound))", range.contains(bias.value))
        }
    }

    /// Refuses ids that the model does not have.
    package func validate(vocabularyCount: Int) throws(ServingError) {
        let lists: [(name: String, ids: [Int32])] = [
            ("stop_token_ids", stopTokenIDs), ("logit_bias", biases.map(\.tokenID)),
            ("bad_words", bannedTokenIDs + bannedSequences.flatMap { $0 }),
        ]
        for list in lists {
            for id in list.ids where !(0..<vocabularyCount).contains(Int(id)) {
                throw .invalidParameter(
                    name: list.name, value: "token id \(id)", allowed: "0 to \(vocabularyCount - 1)")
            }
        }
    }

    /// Refuses beams that are too wide, and what cannot be had together with a beam.
    func validateBeams() throws(ServingError) {
        guard let beams else { return }
        let widths = 2...BeamParameters.widthMax
        try require("beam_width", beams.width, "2 to \(widths.upperBound)", widths.contains(beams.width))
        let counts = 1...beams.width
        try require(
            "n", beams.answerCount, "1 to beam_width (\(beams.width))", counts.contains(beams.answerCount))
        try require("length_penalty", beams.lengthPenalty, "a finite number", true)
        let endCount = endingIDs.count
        let count = BeamSearch.continuationCount(width: beams.width, endCount: Set(endingIDs).count)
        guard count <= StepLimits.continuationCountMax else {
            throw .invalidParameter(
                name: "beam_width", value: "\(beams.width)",
                allowed: "with \(endCount) ids that end a text, at most "
                    + "\(StepLimits.continuationCountMax / max(2, 1 + endCount))")
        }
        guard sampling.isGreedy else {
            throw .invalidParameter(
                name: "temperature", value: "\(sampling.temperature)",
                allowed: "0 with beam_width: nothing is drawn")
        }
        guard !wantsLogProbabilities, topLogProbabilityCount == 0, promptLogProbabilityCount == nil else {
            throw .invalidParameter(
                name: "beam_width", value: "\(beams.width)",
                allowed: "1 where logprobs or prompt_logprobs are asked for")
        }
    }

    private func requireCount(_ name: String, _ count: Int, _ limit: Int) throws(ServingError) {
        guard count <= limit else {
            throw .invalidParameter(name: name, value: "a list of \(count)", allowed: "at most \(limit)")
        }
    }
}
