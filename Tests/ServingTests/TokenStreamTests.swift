import Serving
import Testing

@Suite("Token streams")
struct TokenStreamTests {
    @Test("hold all tokens and the closing event though nobody reads")
    func bound() async {
        let (queued, stream) = sequence(1, parameters(maxNewTokens: 3))
        for token in Int32(1)...3 { queued.handle.deliver(.token(token)) }
        queued.handle.deliver(.finished(.length))
        #expect(await events(of: stream) == [.token(1), .token(2), .token(3), .finished(.length)])
    }

    @Test("deliver nothing after the closing event")
    func closed() async {
        let (queued, stream) = sequence(1)
        queued.handle.deliver(.failed(.emptyPrompt))
        queued.handle.deliver(.token(1))
        queued.handle.deliver(.finished(.length))
        #expect(await events(of: stream) == [.failed(.emptyPrompt)])
        #expect(!queued.handle.isCancelled)
    }

    @Test("a stream dropped unread sets the cancel flag")
    func dropped() {
        let queued = sequence(1).sequence
        #expect(queued.handle.isCancelled)
    }

    @Test("a consumer that stops reading and lets go sets the cancel flag, and later tokens go nowhere")
    func abandoned() async {
        func readOne(_ stream: consuming TokenStream) async -> TokenEvent? {
            for await event in stream { return event }
            return nil
        }
        var (queued, stream): (QueuedSequence, TokenStream?) = sequence(1)
        queued.handle.deliver(.token(1))
        #expect(!queued.handle.isCancelled)
        if let taken = stream.take() { #expect(await readOne(taken) == .token(1)) }
        #expect(queued.handle.isCancelled)
        for token in Int32(2)...50 { queued.handle.deliver(.token(token)) }
    }

    @Test("a task cancelled while it waits sets the cancel flag")
    func cancelledConsumer() async {
        let (queued, stream) = sequence(1)
        let consumer = Task { await events(of: stream) }
        consumer.cancel()
        #expect(await consumer.value.isEmpty)
        #expect(queued.handle.isCancelled)
    }

    @Test("a stream read to its end does not cancel")
    func finished() async {
        var (queued, stream): (QueuedSequence, TokenStream?) = sequence(1)
        queued.handle.deliver(.finished(.endOfText))
        if let taken = stream.take() { #expect(await events(of: taken) == [.finished(.endOfText)]) }
        #expect(!queued.handle.isCancelled)
    }

    @Test("a scripted stream says what it is told")
    func scripted() async {
        let stream = TokenStream(requestID: RequestID(4), scripted: [.token(1), .finished(.length)])
        #expect(await events(of: stream) == [.token(1), .finished(.length)])
    }

    @Test("a stopped stream ends its sequence, which is not its client's hang-up")
    func stopped() {
        let (queued, stream) = sequence(1)
        #expect(!queued.handle.isCancelled && !queued.handle.isStopped)
        stream.stop()
        #expect(queued.handle.isCancelled && queued.handle.isStopped)
        queued.handle.cancel()
        #expect(queued.handle.isStopped)
        let (other, dropped) = sequence(2)
        other.handle.cancel()
        dropped.stop()
        #expect(other.handle.isCancelled && !other.handle.isStopped)
    }

    @Test("hold the prompt's event besides all tokens and the closing event")
    func prompt() async {
        let (queued, stream) = sequence(1, parameters(maxNewTokens: 2))
        let prompt = TokenEvent.prompt([PromptToken(id: 1, logProbability: nil, best: [])])
        for event in [prompt, .token(5), .token(6), .finished(.stopToken(id: 7))] {
            queued.handle.deliver(event)
        }
        #expect(await events(of: stream) == [prompt, .token(5), .token(6), .finished(.stopToken(id: 7))])
    }
}
