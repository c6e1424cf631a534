import ArgumentParser
import Foundation
import Models
import Platform
import WorkerMessages

/// The body of a worker that computes nothing: it reads every step as a worker does, and answers at once with the same
/// token for each sequence that wants one.
///
/// What a server with such workers takes is what HTTP, tokenization, queue, scheduler, frames and sockets cost.
struct NoOperationWorker {
    /// How long it waits for a frame before it moves its progress counter, as every worker must.
    private static let pollMilliseconds: Int32 = 500

    /// The controller's socket.
    let channel: FrameChannel
    /// The token of all answers.
    let token: Int32
    private var buffer: [UInt8] = []
    private var descriptors: [OwnedDescriptor] = []

    /// A worker on this socket.
    init(channel: FrameChannel, token: Int32) {
        self.channel = channel
        self.token = token
    }

    /// Serves until the controller says shutdown or closes its end.
    mutating func run() throws {
        try send(
            .hello,
            RareFrame.encode(
                Hello(
                    protocolVersion: protocolVersion,
                    processID: ProcessInfo.processInfo.processIdentifier, instructionSet: "none")))
        guard let received = try receive(nil), received.kind == .load else { return }
        let order = try RareFrame.decode(LoadOrder.self, from: buffer, byteCount: received.byteCount)
        let page = try ControlPage(adopting: descriptors[0]).rank(order.rank)
        page.enter(.loading)
        if order.packRole == .build {
            try send(.packBuilt, RareFrame.encode(PackReport(bytesRead: 0, bytesPacked: 0)))
        }
        guard let next = try receive(page), next.kind == .mapPack else { return }
        let ready = ReadyReport(bytesRead: 0, keyValueByteCount: 0, activationByteCount: 0)
        try send(.ready, RareFrame.encode(ready))
        let configuration = try ModelConfiguration(directory: URL(filePath: order.modelDirectory))
        try serve(order, page, vocabularyCount: configuration.vocabularyCount)
    }

    private mutating func serve(_ order: LoadOrder, _ page: RankPage, vocabularyCount: Int) throws {
        let limits = StepLimits(
            slotCount: order.maxBatchSize, rowCountMax: order.rowCountMax,
            maxSequenceLength: order.maxSequenceLength, blockCount: order.blockCount,
            vocabularyCount: vocabularyCount)
        var frame = StepFrame()
        var result = StepResult()
        var writer = ByteWriter()
        page.enter(.idle)
        while let received = try receive(page), received.kind == .step {
            page.enter(.computing)
            var reader = ByteReader(buffer, range: 0..<received.byteCount)
            try frame.decode(from: &reader, limits: limits)
            answer(frame, into: &result)
            page.enter(.idle)
            guard order.rank == 0 else { continue }
            result.encode(into: &writer)
            try send(.stepResult, writer.bytes)
        }
    }

    private func answer(_ frame: StepFrame, into result: inout StepResult) {
        result.removeAll()
        result.stepNumber = frame.stepNumber
        for group in frame.rowGroups {
            var answer = StepResult.Group(slot: group.slot)
            if group.wantsToken { answer.token = token }
            result.groups.append(answer)
        }
    }

    private mutating func receive(_ page: RankPage?) throws -> (kind: MessageKind, byteCount: Int)? {
        while try !channel.poll(timeoutMilliseconds: Self.pollMilliseconds) { page?.bump() }
        guard let frame = try channel.receive(into: &buffer, descriptors: &descriptors),
            let kind = MessageKind(rawValue: frame.kind)
        else { return nil }
        return (kind, frame.byteCount)
    }

    private func send(_ kind: MessageKind, _ payload: [UInt8]) throws {
        try channel.send(kind: kind.rawValue, payload: payload)
    }
}

/// `skein bench no-operation-worker`: what `skein bench serving-floor` starts instead of workers.
struct NoOperationWorkerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "no-operation-worker", abstract: "A worker that computes nothing; a server starts it.",
        shouldDisplay: false)

    /// Where a controller puts a worker's socket.
    private static let controlDescriptor: Int32 = 3

    @Option(help: "The token of all answers.")
    var token: Int32

    @Option(name: .customLong("parent-pid"), help: "The controller's process.")
    var parentPID: Int32

    func run() throws {
        try ParentDeath.arm(parentPID: parentPID)
        let channel = FrameChannel(adopting: OwnedDescriptor(adopting: Self.controlDescriptor))
        var worker = NoOperationWorker(channel: channel, token: token)
        try worker.run()
    }
}
