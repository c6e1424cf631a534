package import Serving
package import Tokenization

/// How many answers a call wants of each prompt, and of how many sequences they come.
package struct ChoiceCounts: Equatable, Sendable {
    /// Answers of each prompt.
    package var answerCount = 1
    /// Sequences of which those are the best; with beams 1, which is all of them.
    package var sequenceCount = 1
    /// Whether a sequence is a beam search with `answerCount` hypotheses.
    package var isBeam = false

    /// One answer of one sequence.
    package init() {}

    /// Answers that grow for each prompt; `answerCount` of them are shown.
    var candidateCount: Int { isBeam ? answerCount : sequenceCount }

    /// Whether it is known only at the end which answers are shown.
    package var isRanked: Bool { sequenceCount > answerCount }
}

/// All answers of one call, prompt after prompt.
///
/// Streams are numbered prompt after prompt, too, `sequenceCount` for each.
package struct AnswerSet: Sendable {
    /// New text of one answer.
    package struct Piece: Sendable {
        /// The answer.
        package let answer: Int
        /// Its new text, which may be empty.
        package let text: String
    }

    /// Prompt after prompt, choice after choice.
    package private(set) var answers: [AnswerText]
    /// How many answers and sequences a prompt has.
    package let counts: ChoiceCounts

    /// Empty answers to `promptIDs`; `options` has one element for each prompt, `usages` one for each sequence.
    package init(
        tokenizer: Tokenizer, promptIDs: [[Int32]], options: [AnswerOptions], counts: ChoiceCounts,
        usages: [SequenceUsage]
    ) {
        precondition(
            promptIDs.count == options.count, "\(options.count) options of \(promptIDs.count) prompts")
        precondition(
            usages.count == promptIDs.count * counts.sequenceCount,
            "\(usages.count) sequences of \(promptIDs.count) prompts")
        self.counts = counts
        answers = promptIDs.indices.flatMap { prompt in
            (0..<counts.candidateCount).map { candidate in
                let stream = prompt * counts.sequenceCount + (counts.isBeam ? 0 : candidate)
                return AnswerText(
                    tokenizer: tokenizer, promptIDs: promptIDs[prompt], options: options[prompt],
                    usage: usages[stream])
            }
        }
    }

    /// Whether every answer has ended.
    package var isComplete: Bool { answers.allSatisfy { $0.ending != nil } }

    /// Tokens of all answers so far.
    package var tokenCount: Int { answers.reduce(0) { $0 + $1.tokenCount } }

    /// The prompt of an answer.
    package func prompt(of answer: Int) -> Int { answer / counts.candidateCount }

    /// Which of its prompt's answers it is.
    package func choice(of answer: Int) -> Int { answer % counts.candidateCount }

    /// Takes an event of a stream and gives what it adds to answers.
    package mutating func take(_ event: TokenEvent, stream: Int) throws(ServingError) -> [Piece] {
        guard counts.isBeam else { return [try take(event, answer: stream)] }
        let first = stream * counts.answerCount
        if case .hypotheses(let hypotheses) = event {
            return zip(first..<first + counts.answerCount, hypotheses).map { index, hypothesis in
                Piece(answer: index, text: answers[index].text(of: hypothesis))
            }
        }
        // Only what ends all answers is left; those that have a hypothesis have ended.
        var pieces: [Piece] = []
        for index in first..<first + counts.answerCount { pieces.append(try take(event, answer: index)) }
        return pieces
    }

    private mutating func take(_ event: TokenEvent, answer: Int) throws(ServingError) -> Piece {
        Piece(answer: answer, text: try answers[answer].text(of: event))
    }

    /// Whether a stream need not be read any more: its text has reached a stop string.
    package func endsByText(stream: Int) -> Bool { !counts.isBeam && answers[stream].endsByText }

    /// The answers that are shown for a prompt, best first where they are ranked.
    package func shownAnswers(prompt: Int) -> [Int] {
        let all = prompt * counts.candidateCount..<(prompt + 1) * counts.candidateCount
        guard counts.isRanked, !counts.isBeam else { return Array(all) }
        let order = ChoiceRanking.best(
            counts.answerCount, sums: all.map { answers[$0].logProbabilitySum },
            tokenCounts: all.map { answers[$0].tokenCount })
        return order.map { all.lowerBound + $0 }
    }
}
