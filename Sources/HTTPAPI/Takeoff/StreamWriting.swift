import Foundation
import Serving

/// Turns the merged events of one streamed answer into frames: a value, so that framing is tested without a
/// network.
struct StreamWriting {
    private var texts: [AnswerText]
    private let isList: Bool
    private let returnsMetadata: Bool
    private var wroteSinceKeepAlive = true

    /// A piece of one answer of a list.
    private struct Piece: Encodable {
        let text: String
        let batchID: Int
        var metadata: AnswerMetadata?
    }

    /// The last event of an answer to one string whose client asked for it.
    private struct Metadata: Encodable {
        let metadata: AnswerMetadata
    }

    /// Starts an answer.
    init(texts: [AnswerText], isList: Bool, returnsMetadata: Bool) {
        self.texts = texts
        self.isList = isList
        self.returnsMetadata = returnsMetadata
    }

    /// Whether every prompt has its whole answer.
    var isComplete: Bool { texts.allSatisfy { $0.finishReason != nil } }

    /// The frames of one event; none while a character is incomplete. Throws what ends the answer.
    mutating func frames(for event: TokenMerge.Event) throws -> [String] {
        switch event {
        case .clientGone: throw CancellationError()
        case .keepAlive:
            defer { wroteSinceKeepAlive = false }
            return wroteSinceKeepAlive ? [] : [ServerSentEvents.keepAlive]
        case .stream(let index, let event):
            let text = try texts[index].text(of: event)
            var frames: [String] = []
            if !text.isEmpty { frames.append(try frame(text, index: index)) }
            if returnsMetadata, texts[index].finishReason != nil {
                frames.append(try metadataFrame(index: index))
            }
            if !frames.isEmpty { wroteSinceKeepAlive = true }
            return frames
        }
    }

    private func frame(_ text: String, index: Int) throws -> String {
        guard isList else { return ServerSentEvents.event(text) }
        return try ServerSentEvents.event(json: Piece(text: text, batchID: index))
    }

    private func metadataFrame(index: Int) throws -> String {
        let metadata = texts[index].metadata
        guard isList else { return try ServerSentEvents.event(json: Metadata(metadata: metadata)) }
        return try ServerSentEvents.event(json: Piece(text: "", batchID: index, metadata: metadata))
    }
}

extension ServerSentEvents {
    /// One event with this value's JSON, which is one line.
    static func event(json value: some Encodable) throws -> String {
        event(String(decoding: try JSONAnswer.data(value), as: UTF8.self))
    }
}
