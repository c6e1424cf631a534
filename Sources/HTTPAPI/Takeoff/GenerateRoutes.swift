import Controller
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import Serving
import Tokenization
import WorkerMessages

/// `POST /generate` and `POST /generate_stream` (contract 2.1, 2.2).
struct GenerateRoutes: Sendable {
    /// What all routes share.
    let services: APIServices

    /// Both routes.
    var routes: [Route] {
        [
            Route(method: .post, path: "/generate", action: generate),
            Route(method: .post, path: "/generate_stream", action: generateStream),
        ]
    }

    /// A call whose prompts are in the queue.
    private struct Admission {
        let call: GenerateCall
        let group: ServedGroup
        let promptIDs: [[Int32]]
        let merge: TokenMerge

        /// Empty answers.
        var answers: AnswerSet {
            let tokenizer = group.tokenizer
            let options = zip(call.prompts, promptIDs).map { prompt, ids in
                // What was cut off the prompt is not shown either.
                let isWhole = ids.count < call.promptTokenCountMax ?? .max
                return call.answerOptions(
                    echo: isWhole ? prompt : tokenizer.decode(ids, skipSpecialTokens: true))
            }
            return AnswerSet(
                tokenizer: tokenizer, promptIDs: promptIDs, options: options, counts: call.choices,
                usages: merge.streams.map(\.usage))
        }

        /// What metadata says of an answer.
        func metadata(_ answer: AnswerText) -> AnswerMetadata {
            AnswerMetadata(answer, tokenizer: group.tokenizer, scoring: call.scoring)
        }
    }

    private func admit(
        _ request: Request, _ context: APIContext, check: (GenerateCall) throws -> Void = { _ in }
    ) async throws -> Admission {
        let body = try await JSONBody.object(of: request, byteCountMax: services.bodyByteCountMax)
        let call = try GenerateCall(body)
        try check(call)
        Warnings.log(call.warnings, to: context.logger)
        let group = try services.servedGroup(named: call.consumerGroup)
        let promptIDs = try await PromptEncoding(group: group, call: call).promptIDs()
        var requests: [GenerationRequest] = []
        for ids in promptIDs {
            requests += try call.requests(
                promptIDs: ids, tokenizer: group.tokenizer, summary: group.summary,
                defaultPriority: group.group.settings.defaultPriority,
                nextID: { services.requestNumbers.next(of: context.requestID) })
        }
        let watch = await HangUpWatch.of(context.channel)
        let streams = try group.submit(requests)
        context.observation?.admitted(
            to: group.name, promptTokenCount: promptIDs.reduce(0) { $0 + $1.count }, streams: streams)
        context.logger.debug(
            "Request admitted",
            metadata: [
                "group.id": .string(group.name),
                "sequence.id": .array(requests.prefix(8).map { .stringConvertible($0.id.rawValue) }),
                "sequence.count": .stringConvertible(requests.count),
            ])
        return Admission(
            call: call, group: group, promptIDs: promptIDs,
            merge: TokenMerge(streams: streams, watch: watch, keepAlivePause: nil))
    }

    // MARK: Buffered

    @Sendable private func generate(_ request: Request, _ context: APIContext) async throws -> Response {
        let admission = try await admit(request, context)
        var answers = admission.answers
        var texts = [String](repeating: "", count: answers.answers.count)
        try await admission.merge.withEvents { events in
            for await event in events {
                switch event {
                case .stream(let index, let event):
                    for piece in try answers.take(event, stream: index) { texts[piece.answer] += piece.text }
                    if answers.endsByText(stream: index) { admission.merge.streams[index].stop() }
                case .keepAlive: break
                case .clientGone: throw CancellationError()
                }
                if answers.isComplete { break }
            }
        }
        guard answers.isComplete else { throw CancellationError() }
        var response = JSONAnswer.response(answer(admission, answers, texts))
        Warnings.add(admission.call.warnings, to: &response.headers)
        return response
    }

    private func answer(_ admission: Admission, _ answers: AnswerSet, _ texts: [String]) -> GenerateAnswer {
        let call = admission.call
        let prompts = admission.promptIDs.indices.map { prompt in
            let shown = answers.shownAnswers(prompt: prompt)
            return GenerateAnswer.Choices(
                texts: shown.map { texts[$0] },
                metadata: call.showsMetadata ? shown.map { admission.metadata(answers.answers[$0]) } : nil)
        }
        return GenerateAnswer(
            prompts: prompts, isList: call.isList, hasChoices: call.choices.answerCount > 1)
    }

    // MARK: Streamed

    @Sendable private func generateStream(_ request: Request, _ context: APIContext) async throws -> Response
    {
        let admission = try await admit(request, context) { call in
            guard call.choices.isRanked else { return }
            throw APIError(
                .invalidField,
                "best_of is \(call.choices.sequenceCount); allowed in a stream: n (\(call.choices.answerCount)), "
                    + "since the best are known only at the end",
                field: "best_of")
        }
        // The head waits for the first event, so that what fails before it still has a status.
        switch await admission.merge.firstEvent() {
        case .none: throw CancellationError()
        case .failed(let error): throw error
        case .some(let first): return stream(admission, first: first)
        }
    }

    private func streamWriting(_ admission: Admission) -> StreamWriting {
        let metadata: ((AnswerText) -> AnswerMetadata)? =
            admission.call.showsMetadata ? { admission.metadata($0) } : nil
        let streams = admission.merge.streams
        return StreamWriting(
            answers: admission.answers, isList: admission.call.isList, metadata: metadata,
            stop: { streams[$0].stop() })
    }

    private func stream(_ admission: Admission, first: TokenEvent) -> Response {
        var merge = admission.merge
        merge.keepAlivePause = { [clock = services.clock] in try await clock.sleep(HTTPLimits.keepAlivePause)
        }
        let body = ResponseBody { [merge] writer in
            var events = streamWriting(admission)
            try await merge.withEvents { merged in
                // Thrown errors leave the answer without its final chunk, which tells the client (design 10).
                try await writer.write(frames: events.frames(for: .stream(index: 0, first)))
                guard !events.isComplete else { return }
                for await event in merged {
                    try await writer.write(frames: events.frames(for: event))
                    if events.isComplete { break }
                }
            }
            guard events.isComplete else { throw CancellationError() }
            try await writer.finish(nil)
        }
        var response = Response(
            status: .ok,
            headers: [.contentType: "text/event-stream; charset=utf-8", .cacheControl: "no-cache"],
            body: body)
        Warnings.add(admission.call.warnings, to: &response.headers)
        return response
    }
}

extension ResponseBodyWriter {
    /// Writes frames, each event in a flush of its own; nothing if there is none.
    fileprivate mutating func write(frames: [String]) async throws {
        for frame in frames { try await write(ByteBuffer(string: frame)) }
    }
}
