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

        var texts: [AnswerText] {
            promptIDs.map { AnswerText(tokenizer: group.tokenizer, promptIDs: $0) }
        }
    }

    private func admit(_ request: Request, _ context: APIContext) async throws -> Admission {
        let body = try await JSONBody.object(of: request, byteCountMax: services.bodyByteCountMax)
        let call = try GenerateCall(body)
        Warnings.log(call.warnings, to: context.logger)
        let group = try await services.servedGroup(named: call.consumerGroup)
        let promptIDs = try await PromptEncoding(group: group, call: call).promptIDs()
        let requests = promptIDs.map {
            call.request(
                id: services.requestNumbers.next(of: context.requestID), promptIDs: $0,
                endOfTextIDs: group.summary.endOfTextIDs,
                defaultPriority: group.group.settings.defaultPriority)
        }
        let watch = await HangUpWatch.of(context.channel)
        let streams = try await group.submit(requests)
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
        var texts = admission.texts
        var answers = [String](repeating: "", count: texts.count)
        try await admission.merge.withEvents { events in
            for await event in events {
                switch event {
                case .stream(let index, let event): answers[index] += try texts[index].text(of: event)
                case .keepAlive: break
                case .clientGone: throw CancellationError()
                }
            }
        }
        guard texts.allSatisfy({ $0.finishReason != nil }) else { throw CancellationError() }
        let metadata = admission.call.returnsMetadata ? texts.map(\.metadata) : nil
        var response = JSONAnswer.response(
            GenerateAnswer(texts: answers, metadata: metadata, isList: admission.call.isList))
        Warnings.add(admission.call.warnings, to: &response.headers)
        return response
    }

    // MARK: Streamed

    @Sendable private func generateStream(_ request: Request, _ context: APIContext) async throws -> Response
    {
        let admission = try await admit(request, context)
        // The head waits for the first event, so that what fails before it still has a status.
        switch await admission.merge.firstEvent() {
        case .none: throw CancellationError()
        case .failed(let error): throw error
        case .some(let first): return stream(admission, first: first)
        }
    }

    private func stream(_ admission: Admission, first: TokenEvent) -> Response {
        var merge = admission.merge
        merge.keepAlivePause = { [clock = services.clock] in try await clock.sleep(HTTPLimits.keepAlivePause)
        }
        let body = ResponseBody { [merge] writer in
            var events = StreamWriting(
                texts: admission.texts, isList: admission.call.isList,
                returnsMetadata: admission.call.returnsMetadata)
            try await merge.withEvents { merged in
                // Thrown errors leave the answer without its final chunk, which tells the client (design 10).
                try await writer.write(frames: events.frames(for: .stream(index: 0, first)))
                for await event in merged {
                    try await writer.write(frames: events.frames(for: event))
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
