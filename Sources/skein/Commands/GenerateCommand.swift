import ArgumentParser
import Controller
import Foundation
import Serving
import Tokenization
import Topology
import WorkerMessages

/// `skein generate`: one answer, no server.
struct GenerateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "generate", abstract: "Complete one prompt and end.",
        discussion: "Greedy unless --temperature, --top-k or --top-p is given.")

    @Option(help: "Model directory in Hugging Face layout, or a GGUF file.")
    var model: String

    @Option(help: "The text to complete.")
    var prompt: String

    @Option(help: "New tokens at most.")
    var maxNewTokens = 128

    @Option(help: "New tokens before which the text does not end.")
    var minNewTokens = 0

    @Option(help: "Divides the logits; 0 is greedy.")
    var temperature: Float?

    @Option(name: .customLong("top-k"), help: "Keep this many tokens; 0 is off.")
    var topK: Int32?

    @Option(name: .customLong("top-p"), help: "Keep the shortest prefix with this probability.")
    var topP: Float?

    @Option(help: "Weakens tokens that occurred; 1 is off.")
    var repetitionPenalty: Float = 1

    @Option(
        name: .customLong("no-repeat-ngram-size"), help: "Forbid repeating n-grams of this length; 0 is off.")
    var noRepeatNGramSize: Int32 = 0

    @Option(help: "Seed of the random numbers; drawn if not given.")
    var seed: UInt64?

    @Flag(name: .customLong("ignore-eos"), help: "Go on after the end of text.")
    var ignoresEndOfText = false

    @Flag(help: "Print JSON: text, token_ids, prompt_ids, finish_reason, timings.")
    var json = false

    @Option(help: "Least urgent log lines that are written.")
    var logLevel = LogLevel.warning

    @OptionGroup(title: "Layout") var layout: LayoutFlags

    func run() async throws {
        let topology = try TopologySource(file: nil, model: model).load(
            CommandLineOverrides(layout: layout.overrides))
        let started = ContinuousClock.now
        let answer: GeneratedAnswer = try await FleetSession.run(topology, logLevel: logLevel) { fleet in
            try await complete(on: fleet, topology, started: started)
        }
        if json { print(try answer.json()) }
    }

    /// Prints the text as it comes, unless JSON was asked for.
    private func complete(
        on fleet: Fleet, _ topology: Topology, started: ContinuousClock.Instant
    ) async throws -> GeneratedAnswer {
        guard let name = topology.readerGroups.first?.consumerGroup.value,
            let served = await fleet.servedGroup(named: name)
        else { throw CommandFailure("no reader serves \(model)", exitCode: 1) }
        let promptIDs = try served.tokenizer.encode(prompt)
        guard promptIDs.count < served.maxSequenceLength else {
            throw CommandFailure(
                "the prompt has \(promptIDs.count) tokens; with max_sequence_length \(served.maxSequenceLength) "
                    + "at most \(served.maxSequenceLength - 1) are allowed", exitCode: 2)
        }
        let request = GenerationRequest(
            id: RequestID(1), promptIDs: promptIDs, parameters: parameters(served.summary), priority: 0,
            choiceIndex: 0)
        let loaded = ContinuousClock.now
        var answer = GeneratedAnswer(promptIDs: promptIDs, loadSeconds: (loaded - started).inSeconds)
        var detokenizer = StreamingDetokenizer(
            tokenizer: served.tokenizer, promptIDs: promptIDs, skipSpecialTokens: true)
        guard let stream = try await served.submit([request]).first else { return answer }
        for await event in stream {
            switch event {
            case .token(let id, _):
                if answer.tokenIDs.isEmpty { answer.firstTokenSeconds = (.now - loaded).inSeconds }
                answer.tokenIDs.append(id)
                emit(detokenizer.append(id), into: &answer)
            case .finished(let reason): answer.finishReason = reason.jsonName
            case .failed(let error): throw error
            }
        }
        emit(detokenizer.finish(), into: &answer)
        if !json { print() }
        answer.totalSeconds = (.now - loaded).inSeconds
        return answer
    }

    private func emit(_ text: String, into answer: inout GeneratedAnswer) {
        answer.text += text
        guard !json else { return }
        print(text, terminator: "")
        fflush(nil)
    }

    private func parameters(_ summary: ModelSummary) -> GenerationParameters {
        var sampling = SamplingParameters()
        let samples = temperature != nil || topK != nil || topP != nil
        sampling.temperature = samples ? temperature ?? 1 : 0
        sampling.topK = topK ?? 0
        sampling.topP = topP ?? 1
        sampling.repetitionPenalty = repetitionPenalty
        sampling.noRepeatNGramSize = noRepeatNGramSize
        sampling.minNewTokenCount = Int32(clamping: minNewTokens)
        return GenerationParameters(
            sampling: sampling, seed: seed, maxNewTokenCount: maxNewTokens,
            ignoresEndOfText: ignoresEndOfText,
            endOfTextIDs: summary.endOfTextIDs, topLogProbabilityCount: 0)
    }
}

/// What `--json` prints.
struct GeneratedAnswer: Sendable {
    let promptIDs: [Int32]
    let loadSeconds: Double
    var text = ""
    var tokenIDs: [Int32] = []
    var finishReason = ""
    var firstTokenSeconds = 0.0
    var totalSeconds = 0.0

    /// One line of JSON with sorted keys.
    func json() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(self), as: UTF8.self)
    }
}

extension GeneratedAnswer: Encodable {
    private enum Keys: String, CodingKey {
        case text, timings
        case tokenIDs = "token_ids"
        case promptIDs = "prompt_ids"
        case finishReason = "finish_reason"
    }

    private enum TimingKeys: String, CodingKey {
        case load = "load_seconds"
        case firstToken = "first_token_seconds"
        case total = "total_seconds"
        case tokensPerSecond = "tokens_per_second"
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Keys.self)
        try container.encode(text, forKey: .text)
        try container.encode(tokenIDs, forKey: .tokenIDs)
        try container.encode(promptIDs, forKey: .promptIDs)
        try container.encode(finishReason, forKey: .finishReason)
        var timings = container.nestedContainer(keyedBy: TimingKeys.self, forKey: .timings)
        try timings.encode(loadSeconds, forKey: .load)
        try timings.encode(firstTokenSeconds, forKey: .firstToken)
        try timings.encode(totalSeconds, forKey: .total)
        try timings.encode(
            totalSeconds > 0 ? Double(tokenIDs.count) / totalSeconds : 0, forKey: .tokensPerSecond)
    }
}

extension FinishReason {
    /// The reason's name in JSON.
    var jsonName: String {
        switch self {
        case .length: "length"
        case .endOfText: "stop"
        }
    }
}

extension Duration {
    /// Seconds as a floating-point number.
    var inSeconds: Double { Double(components.seconds) + Double(components.attoseconds) * 1e-18 }
}
