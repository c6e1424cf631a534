import Controller
import Dispatch
import HTTPTypes
import Logging
import NIOCore
import NIOHTTP1
import Serving

/// One call of `POST /generate` or `/generate_stream` (contract 2.1, 2.2), from its head to its answer. Confined to its
/// connection's event loop.
final class GenerateExchange {
    /// How a call is answered.
    enum Delivery: CaseIterable, Sendable {
        /// As one JSON object.
        case whole
        /// As server-sent events.
        case stream

        /// The call's route.
        var name: RouteName {
            switch self {
            case .whole: RouteName(method: .post, path: "/generate")
            case .stream: RouteName(method: .post, path: "/generate_stream")
            }
        }

        /// How a request is answered here; nil if it is not.
        init?(_ head: HTTPRequestHead) {
            guard head.method == .POST else { return nil }
            switch head.uri {
            case "/generate": self = .whole
            case "/generate_stream": self = .stream
            default: self.init(path: head.uri)
            }
        }

        /// A path as clients may also write it, with slashes at its end or a query behind it.
        private init?(path uri: String) {
            let segments = uri.prefix { $0 != "?" }.split(separator: "/")
            guard segments.count == 1 else { return nil }
            switch segments[0] {
            case "generate": self = .whole
            case "generate_stream": self = .stream
            default: return nil
            }
        }
    }

    /// What comes of the events.
    private enum Answer {
        case whole(AnswerSet, texts: [String])
        case stream(StreamWriting)
    }

    /// Whether it is answered, or its client is gone.
    private(set) var isOver = false

    private let head: HTTPRequestHead
    private let delivery: Delivery
    private let direct: DirectServices
    private weak var connection: DirectConnection?
    private let loop: any EventLoop
    private let observation: RequestObservation
    private var body = ByteBuffer()
    private var prepared: PreparedCall?
    private var answer: Answer?
    private var sequences: [SequenceHandle] = []
    /// Whether a stream has begun: then a failure can only cut it.
    private var hasHead = false
    private var keepAlive: Scheduled<Void>?

    /// A call whose head has come.
    init(
        _ head: HTTPRequestHead, _ delivery: Delivery, _ direct: DirectServices, connection: DirectConnection,
        loop: any EventLoop
    ) {
        self.head = head
        self.delivery = delivery
        self.direct = direct
        self.connection = connection
        self.loop = loop
        let name = ObservationMiddleware.legalID(head.headers.first(name: "x-request-id"))
        observation = RequestObservation(
            requestID: name ?? direct.makeRequestID(), series: direct.series(delivery.name),
            now: direct.services.clock.now, logger: direct.logger)
    }

    // MARK: Reading

    /// Refuses what the head shows to be wrong.
    func begin() {
        do throws(APIError) {
            try JSONBody.checkContentType(head.headers.first(name: "content-type"))
            let length = head.headers.first(name: "content-length").flatMap { Int($0) }
            try JSONBody.checkLength(announced: length, byteCountMax: direct.services.bodyByteCountMax)
        } catch {
            fail(error)
        }
    }

    /// A part of the body has come.
    func receive(_ buffer: ByteBuffer) {
        guard !isOver else { return }
        let byteCountMax = direct.services.bodyByteCountMax
        guard body.readableBytes + buffer.readableBytes <= byteCountMax else {
            return fail(JSONBody.tooLong(byteCountMax))
        }
        var buffer = buffer
        if body.readableBytes == 0 { body = buffer } else { body.writeBuffer(&buffer) }
    }

    /// The body has come to its end.
    func receivedAll() {
        guard !isOver else { return }
        let bytes = Array(body.readableBytesView)
        body = ByteBuffer()
        guard bytes.count > PreparedCall.shortByteCountMax else {
            return submit(Self.prepare(bytes, delivery, direct.services))
        }
        let exchange = NIOLoopBound(self, eventLoop: loop)
        DispatchQueue.global().async { [loop, delivery, services = direct.services] in
            let prepared = Self.prepare(bytes, delivery, services)
            loop.execute { exchange.value.submit(prepared) }
        }
    }

    private static func prepare(
        _ bytes: [UInt8], _ delivery: Delivery, _ services: APIServices
    ) -> Result<PreparedCall, APIError> {
        Result { () throws(APIError) in
            try PreparedCall(body: bytes, services: services) { (call) throws(APIError) in
                guard delivery == .stream, call.choices.isRanked else { return }
                throw APIError(
                    .invalidField,
                    "best_of is \(call.choices.sequenceCount); allowed in a stream: n "
                        + "(\(call.choices.answerCount)), since the best are known only at the end",
                    field: "best_of")
            }
        }
    }

    private func submit(_ result: Result<PreparedCall, APIError>) {
        guard !isOver else { return }
        do {
            let prepared = try result.get()
            Warnings.log(
                prepared.call.warnings, requestID: observation.requestID, to: direct.logger)
            let requests = try prepared.requests {
                direct.services.requestNumbers.next(of: observation.requestID)
            }
            let exchange = NIOLoopBound(self, eventLoop: loop)
            guard let mailbox = connection?.mailbox else { return clientIsGone() }
            // Text that is looked at only when it is whole need not come token by token.
            let waitsForEnd = delivery == .whole && prepared.call.stopping.strings.isEmpty
            sequences = try prepared.group.submit(requests) {
                mailbox.receiver(exchange, index: $0, waitsForEnd: waitsForEnd)
            }
            observation.admitted(
                prepared, requests, timelines: sequences.map(\.timeline), logger: direct.logger)
            self.prepared = prepared
            answer = emptyAnswer(prepared)
        } catch {
            fail(APIError(error))
        }
    }

    private func emptyAnswer(_ prepared: PreparedCall) -> Answer {
        let answers = prepared.answers(of: sequences)
        switch delivery {
        case .whole: return .whole(answers, texts: Array(repeating: "", count: answers.answers.count))
        case .stream:
            let showsMetadata = prepared.call.showsMetadata
            return .stream(
                StreamWriting(
                    answers: answers, isList: prepared.call.isList,
                    metadata: showsMetadata ? { prepared.metadata($0) } : nil))
        }
    }

    // MARK: Answering

    /// An event of one of the sequences; after the last of several comes `flush`.
    func take(_ event: TokenEvent, ofSequence index: Int) {
        guard !isOver, let answer else { return }
        // Moved out until it goes back below, so that texts are not copied.
        self.answer = nil
        do {
            switch answer {
            case .whole(let answers, let texts): try take(event, index, answers, texts)
            case .stream(let writing): try take(event, index, writing)
            }
        } catch {
            fail(APIError(error))
        }
    }

    private func take(
        _ event: TokenEvent, _ index: Int, _ answers: consuming AnswerSet, _ texts: consuming [String]
    ) throws {
        for piece in try answers.take(event, stream: index) { texts[piece.answer] += piece.text }
        if answers.endsByText(stream: index) { sequences[index].stop() }
        guard answers.isComplete, let prepared else {
            answer = .whole(answers, texts: texts)
            return
        }
        finish(DirectAnswer(body: try prepared.body(answers, texts), warnings: prepared.call.warnings))
    }

    private func take(
        _ event: TokenEvent, _ index: Int, _ writing: consuming StreamWriting
    ) throws {
        let frames = try writing.frames(for: event, ofSequence: index)
        beginStream()
        for frame in frames { connection?.writeBody(frame) }
        if writing.endsByText(sequence: index) { sequences[index].stop() }
        guard writing.isComplete else {
            answer = .stream(writing)
            return
        }
        end()
        observation.written()
        connection?.writeEnd(keepsAlive: head.isKeepAlive)
    }

    /// All that happened at once has been taken.
    func flush() { if hasHead, !isOver { connection?.flush() } }

    /// The head waits for the first event, so that what fails before it still has a status.
    private func beginStream() {
        guard !hasHead else { return }
        hasHead = true
        observation.answered(status: 200)
        connection?.writeHead(
            DirectAnswer(streamWarnings: prepared?.call.warnings ?? []), requestID: observation.requestID)
        scheduleKeepAlive()
    }

    private func scheduleKeepAlive() {
        keepAlive = loop.assumeIsolated().scheduleTask(in: direct.keepAlivePause) { [weak self] in
            guard let self, !isOver, case .stream(var writing) = answer else { return }
            if let comment = writing.keepAlive() { connection?.writeBody(comment) }
            answer = .stream(writing)
            flush()
            scheduleKeepAlive()
        }
    }

    private func fail(_ error: APIError) {
        for sequence in sequences { sequence.cancel() }
        guard !hasHead else {
            // The answer lacks its final chunk, which tells the client (design 10).
            end()
            observation.end()
            connection?.cut()
            return
        }
        error.note(on: observation, refusals: direct.refusals, logger: direct.logger)
        finish(DirectAnswer(error))
    }

    private func finish(_ answer: DirectAnswer) {
        end()
        observation.answered(status: answer.status)
        // Before the client can know of the answer: what it then asks for, a log or a number, has it.
        observation.written()
        connection?.write(answer, requestID: observation.requestID, keepsAlive: head.isKeepAlive)
    }

    /// The client is gone: nobody wants the answer.
    func clientIsGone() {
        guard !isOver else { return }
        for sequence in sequences { sequence.cancel() }
        if !sequences.isEmpty { connection?.mailbox?.sweep() }
        end()
        if !hasHead {
            let error = APIError(CancellationError())
            error.note(on: observation, refusals: direct.refusals, logger: direct.logger)
            observation.answered(status: error.code.status.code)
        }
        observation.end()
    }

    /// Lets go of what refers to it.
    private func end() {
        isOver = true
        sequences = []
        answer = nil
        prepared = nil
        keepAlive?.cancel()
    }
}
