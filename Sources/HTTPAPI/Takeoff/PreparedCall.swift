import Controller
import Serving
import Tokenization

/// A call whose prompts are encoded: all that is needed to submit it, and to turn what comes into an answer.
struct PreparedCall: Sendable {
    /// Bytes of a body up to which a call is prepared where it was read; longer ones can take a second and get a thread
    /// of their own, so that they hold up nobody else.
    static let shortByteCountMax = 16 << 10

    /// The call.
    let call: GenerateCall
    /// The group that answers.
    let group: ServedGroup
    /// By prompt: its ids.
    let promptIDs: [[Int32]]

    /// Reads a body, finds the group and encodes the prompts; `check` refuses what the route does not do.
    init(
        body: [UInt8], services: APIServices, check: (GenerateCall) throws(APIError) -> Void = { _ in }
    ) throws(APIError) {
        call = try GenerateCall(JSONBody.parse(body))
        try check(call)
        group = try services.servedGroup(named: call.consumerGroup)
        promptIDs = try PromptEncoding(group: group, call: call).promptIDs()
    }

    /// Tokens of all prompts.
    var promptTokenCount: Int { promptIDs.reduce(0) { $0 + $1.count } }

    /// The sequences to submit, prompt after prompt; `nextID` names each.
    func requests(nextID: () -> RequestID) throws(ServingError) -> [GenerationRequest] {
        var requests: [GenerationRequest] = []
        for ids in promptIDs {
            requests += try call.requests(
                promptIDs: ids, tokenizer: group.tokenizer, summary: group.summary,
                defaultPriority: group.group.settings.defaultPriority, nextID: nextID)
        }
        return requests
    }

    /// Empty answers of the sequences that were submitted.
    func answers(of sequences: [SequenceHandle]) -> AnswerSet {
        let tokenizer = group.tokenizer
        let options = zip(call.prompts, promptIDs).map { prompt, ids in
            // What was cut off the prompt is not shown either.
            let isWhole = ids.count < call.promptTokenCountMax ?? .max
            return call.answerOptions(
                echo: isWhole ? prompt : tokenizer.decode(ids, skipSpecialTokens: true))
        }
        return AnswerSet(
            tokenizer: tokenizer, promptIDs: promptIDs, options: options, counts: call.choices,
            usages: sequences.map(\.usage))
    }

    /// What metadata says of an answer.
    func metadata(_ answer: AnswerText) -> AnswerMetadata {
        AnswerMetadata(answer, tokenizer: group.tokenizer, scoring: call.scoring)
    }

    /// The body of the answer, once the answers are complete; `texts` are theirs.
    func body(_ answers: AnswerSet, _ texts: [String]) throws(APIError) -> [UInt8] {
        if !call.isList && !call.showsMetadata && call.choices.answerCount == 1 {
            return JSONAnswer.bytes(text: texts[answers.shownAnswers(prompt: 0)[0]])
        }
        let prompts = promptIDs.indices.map { prompt in
            let shown = answers.shownAnswers(prompt: prompt)
            return GenerateAnswer.Choices(
                texts: shown.map { texts[$0] },
                metadata: call.showsMetadata ? shown.map { metadata(answers.answers[$0]) } : nil)
        }
        return try JSONAnswer.bytes(
            GenerateAnswer(prompts: prompts, isList: call.isList, hasChoices: call.choices.answerCount > 1))
    }
}
