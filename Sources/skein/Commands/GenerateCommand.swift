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

    @Flag(name: .customLong("ignore-eos"), help: "Go on after the end of text.")
    var ignoresEndOfText = false

    @Flag(
        help: "Print JSON: text, token_ids, prompt_ids, finish_reason, timings, and what else was asked for.")
    var json = false

    @Option(help: "Least urgent log lines that are written.")
    var logLevel = LogLevel.warning

    @OptionGroup(title: "Decoding") var decoding: DecodingFlags

    @OptionGroup(title: "Pack cache") var packCache: PackCacheFlags

    @OptionGroup(title: "Layout") var layout: LayoutFlags

    func run() async throws {
        let topology = try TopologySource(file: nil, model: model).load(
            CommandLineOverrides(server: packCache.added(), layout: layout.overrides))
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
            let served = fleet.servedGroup(named: name)
        else { throw CommandFailure("no reader serves \(model)", exitCode: 1) }
        let promptIDs = try served.tokenizer.encode(prompt)
        guard promptIDs.count < served.maxSequenceLength else {
            throw CommandFailure(
                "the prompt has \(promptIDs.count) tokens; with max_sequence_length \(served.maxSequenceLength) "
                    + "at most \(served.maxSequenceLength - 1) are allowed", exitCode: 2)
        }
        let requests = try requests(promptIDs, served)
        let loaded = ContinuousClock.now
        var answer = GeneratedAnswer(promptIDs: promptIDs, loadSeconds: (loaded - started).inSeconds)
        let streams = try served.submit(requests)
        var answers = AnswerSet(
            tokenizer: served.tokenizer, promptIDs: [promptIDs],
            options: [decoding.answerOptions(prompt: prompt, minNewTokenCount: minNewTokens)],
            counts: decoding.counts, usages: streams.map(\.usage))
        var texts = [String](repeating: "", count: answers.answers.count)
        // One answer is printed as it comes; several, one after the other at the end.
        let printsPieces = !json && texts.count == 1
        for (index, stream) in streams.enumerated() {
            for await event in stream {
                if answer.firstTokenSeconds == 0 { answer.firstTokenSeconds = (.now - loaded).inSeconds }
                for piece in try answers.take(event, stream: index) {
                    texts[piece.answer] += piece.text
                    if printsPieces { show(piece.text) }
                }
                if answers.endsByText(stream: index) {
                    stream.stop()
                    break
                }
            }
        }
        answer.tokenCount = answers.tokenCount
        answer.choices = answers.shownAnswers(prompt: 0).map {
            GeneratedAnswer.Choice(
                text: texts[$0], answer: answers.answers[$0],
                showsLogProbabilities: decoding.logprobs != nil)
        }
        if printsPieces { print() }
        if !json && !printsPieces { for choice in answer.choices { print(choice.text, terminator: "\n\n") } }
        answer.totalSeconds = (.now - loaded).inSeconds
        return answer
    }

    private func requests(_ promptIDs: [Int32], _ served: ServedGroup) throws -> [GenerationRequest] {
        let parameters: GenerationParameters
        do {
            parameters = try decoding.parameters(
                served, maxNewTokenCount: maxNewTokens, minNewTokenCount: minNewTokens,
                ignoresEndOfText: ignoresEndOfText)
        } catch {
            throw CommandFailure("\(error)", exitCode: 2)
        }
        return (0..<decoding.counts.sequenceCount).map { choice in
            GenerationRequest(
                id: RequestID(UInt64(choice) + 1), promptIDs: promptIDs, parameters: parameters, priority: 0,
                choiceIndex: Int32(choice))
        }
    }

    private func show(_ text: String) {
        print(text, terminator: "")
        fflush(nil)
    }
}

extension Duration {
    /// Seconds as a floating-point number.
    var inSeconds: Double { Double(components.seconds) + Double(components.attoseconds) * 1e-18 }
}
