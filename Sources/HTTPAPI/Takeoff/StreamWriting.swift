import Controller
import Foundation
import Serving

/// Turns the events of one streamed answer into frames: a value, so that framing is tested without a network.
struct StreamWriting {
    private var answers: AnswerSet
    private let isList: Bool
    /// What is shown of a complete answer; nil for nothing.
    private let metadata: ((AnswerText) -> AnswerMetadata)?
    private var metadataIsWritten: Set<Int> = []
    private var wroteSinceKeepAlive = true

    /// A piece of one answer of several.
    private struct Piece: Encodable {
        let text: String
        /// Of a list: whose answer it is.
        let batchID: Int?
        /// Of several answers to a prompt: which it is.
        let choice: Int?
        var metadata: AnswerMetadata?
    }

    /// The last event of an answer to one string whose client asked for it.
    private struct Metadata: Encodable {
        let metadata: AnswerMetadata
    }

    /// Starts an answer.
    init(answers: AnswerSet, isList: Bool, metadata: ((AnswerText) -> AnswerMetadata)?) {
        self.answers = answers
        self.isList = isList
        self.metadata = metadata
    }

    /// Whether every prompt has its whole answer.
    var isComplete: Bool { answers.isComplete }

    /// Whether a sequence need not go on: its text has reached a stop string.
    func endsByText(sequence: Int) -> Bool { answers.endsByText(stream: sequence) }

    /// The frames of one event; none while a character is incomplete. Throws what ends the answer.
    mutating func frames(for event: TokenEvent, ofSequence sequence: Int) throws -> [String] {
        var frames: [String] = []
        for piece in try answers.take(event, stream: sequence) {
            if !piece.text.isEmpty { frames.append(try frame(piece.text, answer: piece.answer)) }
            if let frame = try metadataFrame(answer: piece.answer) { frames.append(frame) }
        }
        if !frames.isEmpty { wroteSinceKeepAlive = true }
        return frames
    }

    /// A sign of life, if nothing was written since this was last asked.
    mutating func keepAlive() -> String? {
        defer { wroteSinceKeepAlive = false }
        return wroteSinceKeepAlive ? nil : ServerSentEvents.keepAlive
    }

    private var hasChoices: Bool { answers.counts.answerCount > 1 }

    private func piece(_ text: String, answer: Int) -> Piece {
        Piece(
            text: text, batchID: isList ? answers.prompt(of: answer) : nil,
            choice: hasChoices ? answers.choice(of: answer) : nil)
    }

    private func frame(_ text: String, answer: Int) throws -> String {
        guard isList || hasChoices else { return ServerSentEvents.event(text) }
        return try ServerSentEvents.event(json: piece(text, answer: answer))
    }

    /// The last frame of an answer that has just ended.
    private mutating func metadataFrame(answer: Int) throws -> String? {
        let text = answers.answers[answer]
        guard let metadata, text.ending != nil, metadataIsWritten.insert(answer).inserted else { return nil }
        guard isList || hasChoices else {
            return try ServerSentEvents.event(json: Metadata(metadata: metadata(text)))
        }
        var piece = piece("", answer: answer)
        piece.metadata = metadata(text)
        return try ServerSentEvents.event(json: piece)
    }
}

extension ServerSentEvents {
    /// One event with this value's JSON, which is one line.
    static func event(json value: some Encodable) throws -> String {
        event(String(decoding: try JSONAnswer.bytes(value), as: UTF8.self))
    }
}
