import Platform
import WorkerMessages

/// What a fake worker does wrong.
enum Fault: Sendable {
    case none
    /// Speaks another protocol version.
    case speaksOldVersion
    /// Refuses to map a file of the pack cache.
    case refusesCachedPack
    /// Refuses its order.
    case refusesLoad(FailureReport.Code)
    /// Dies after it got its order to build.
    case diesBuilding
    /// Reports its share of the pack and keeps it mapped.
    case keepsPackMapped
    /// Dies when it has received this step, before it answers.
    case diesInStep(UInt64)
    /// Dies in every step that has a row with this token.
    case diesOfToken(Int32)
    /// Answers this step with the number of another.
    case answersWrongStep(UInt64)
    /// Answers this step with bytes that are no result.
    case answersGarbage(UInt64)
    /// Refuses every step that installs a prompt beginning with this token.
    case refusesToken(Int32)
    /// Goes on after `shutdown`.
    case ignoresShutdown
}

/// One rank on a thread: checks every frame as a worker must, and computes `FakeModel`.
struct FakeWorker {
    /// How its thread ends.
    enum End: Equatable {
        case asTold
        case died
    }

    /// A broken rule of the controller: what the tests look for.
    struct Violation: Error {
        let reason: String
    }

    private struct Slot {
        var ids: [Int32]
        var fedCount = 0
        var blocks: [Int32] = []
        let seed: UInt64
    }

    let life: FakeLife
    let rank: Int
    let fault: Fault
    let channel: FrameChannel
    private var buffer: [UInt8] = []
    private var descriptors: [OwnedDescriptor] = []
    private var slots: [Int32: Slot] = [:]
    private var lastStep: UInt64 = 0
    private var order: LoadOrder?
    private var page: ControlPage?

    init(life: FakeLife, rank: Int, fault: Fault, channel: FrameChannel) {
        self.life = life
        self.rank = rank
        self.fault = fault
        self.channel = channel
    }

    /// Lives until it is told to end, dies, or its socket ends.
    mutating func run() -> End {
        do {
            return try load() ? try executeSteps() : .died
        } catch let violation as Violation {
            life.record(.violation("rank \(rank): \(violation.reason)"))
            return .died
        } catch {
            return .died
        }
    }

    // MARK: - Loading

    private mutating func load() throws -> Bool {
        var version = protocolVersion
        if case .speaksOldVersion = fault { version -= 1 }
        try send(
            .hello, Hello(protocolVersion: version, processID: life.pid(of: rank), instructionSet: "fake"))
        let order: LoadOrder = try receive(.load)
        self.order = order
        try require(order.rank == rank && order.rankCount == life.rankCount, "order for another rank")
        let linkCount = order.rankCount == 1 ? 0 : order.transport == .shm ? 1 : order.rankCount - 1
        let packCount = order.packRole == .build ? 1 : 0
        try require(descriptors.count == 1 + linkCount + packCount, "\(descriptors.count) descriptors")
        page = try ControlPage(adopting: descriptors[0])
        life.record(.loaded(rank: rank, role: order.packRole, transport: order.transport, order: order))
        if case .refusesLoad(let code) = fault {
            try send(.failure, FailureReport(code: code, message: "fake refusal"))
            return false
        }
        if order.packRole == .build {
            guard try build(order, descriptors[descriptors.count - 1]) else { return false }
        }
        return try map(order)
    }

    private mutating func build(_ order: LoadOrder, _ descriptor: OwnedDescriptor) throws -> Bool {
        let file = try MemoryFile(adopting: descriptor, expectedByteCount: order.packByteCount)
        let region = try file.map(.readWrite)
        // Something to be found again: the model's name in every pack.
        unsafe region.base.storeBytes(
            of: UInt8(truncatingIfNeeded: order.checkpointDigest.utf8.count), as: UInt8.self)
        life.launcher.buildGate.pass { life.isOver }
        if case .diesBuilding = fault { return false }
        if case .keepsPackMapped = fault { life.keep(region) } else { region.unmap() }
        descriptors = []
        try send(.packBuilt, PackReport(bytesRead: 1000 + rank, bytesPacked: 100))
        return true
    }

    private mutating func map(_ order: LoadOrder) throws -> Bool {
        try receiveEmpty(.mapPack)
        try require(descriptors.count == 1, "mapPack with \(descriptors.count) descriptors")
        if order.packRole == .mapFile {
            if case .refusesCachedPack = fault {
                try send(.failure, FailureReport(code: .invalidOrder, message: "fake refusal of a pack"))
                return false
            }
            life.keep(try MappedRegion.readOnly(descriptors[0], byteCount: order.packByteCount))
        } else {
            let file = try MemoryFile(adopting: descriptors[0], expectedByteCount: order.packByteCount)
            try require(try file.seals() == .all, "the pack is not sealed")
            life.keep(try file.map(.readOnly))
        }
        let bytesRead = order.packRole == .build ? 1000 + rank : 0
        try send(.ready, ReadyReport(bytesRead: bytesRead, keyValueByteCount: 0, activationByteCount: 0))
        page?.rank(rank).enter(.idle)
        return true
    }

    // MARK: - Steps

    private mutating func executeSteps() throws -> End {
        guard let order else { return .died }
        let limits = StepLimits(
            slotCount: order.maxBatchSize, rowCountMax: order.rowCountMax,
            maxSequenceLength: order.maxSequenceLength, blockCount: order.blockCount,
            vocabularyCount: FakeModel.vocabularyCount)
        var frame = StepFrame()
        while true {
            guard let received = try channel.receive(into: &buffer, descriptors: &descriptors) else {
                return .asTold
            }
            if received.kind == MessageKind.shutdown.rawValue {
                if case .ignoresShutdown = fault { continue }
                return .asTold
            }
            try require(
                received.kind == MessageKind.step.rawValue, "kind \(received.kind) where a step was due")
            var reader = ByteReader(buffer, range: 0..<received.byteCount)
            try frame.decode(from: &reader, limits: limits)
            try require(frame.stepNumber == lastStep + 1, "step \(frame.stepNumber) after \(lastStep)")
            lastStep = frame.stepNumber
            guard try execute(frame) else { return .died }
        }
    }

    private mutating func execute(_ frame: StepFrame) throws -> Bool {
        page?.rank(rank).enter(.computing)
        defer { page?.rank(rank).enter(.idle) }
        life.launcher.stepGate.pass { life.isOver }
        if case .diesInStep(frame.stepNumber) = fault { return false }
        if case .diesOfToken(let token) = fault, frame.tokenIDs.contains(token) { return false }
        if case .refusesToken(let token) = fault,
            frame.installations.contains(where: { frame.tokenIDs[$0.allTokenIDs].first == token })
        {
            try send(.failure, FailureReport(code: .unsupported, message: "token \(token) is not liked"))
            return true
        }
        for slot in frame.releasedSlots {
            try require(slots.removeValue(forKey: slot) != nil, "slot \(slot) is released and was not held")
        }
        var result = StepResult()
        result.stepNumber = frame.stepNumber
        (result.computeNanoseconds, result.gatherNanoseconds) = (3000, 2000)
        (result.sampleNanoseconds, result.serialNanoseconds) = (1000, 500)
        for group in frame.rowGroups { result.groups.append(try answer(group, frame)) }
        if rank == 0 {
            life.record(.step(frame))
            try answer(with: result)
        }
        return true
    }

    private mutating func answer(with result: StepResult) throws {
        var result = result
        if case .answersWrongStep(result.stepNumber) = fault { result.stepNumber += 1 }
        var writer = ByteWriter()
        result.encode(into: &writer)
        var bytes = writer.bytes
        if case .answersGarbage(result.stepNumber) = fault { bytes.removeLast(3) }
        try channel.send(kind: MessageKind.stepResult.rawValue, payload: bytes)
    }

    private mutating func answer(_ group: StepFrame.RowGroup, _ frame: StepFrame) throws -> StepResult.Group {
        if let index = group.installation {
            let installation = frame.installations[index]
            slots[group.slot] = Slot(
                ids: Array(frame.tokenIDs[installation.allTokenIDs]), fedCount: Int(group.startPosition),
                seed: installation.parameters.seed)
        }
        guard var slot = slots.removeValue(forKey: group.slot) else {
            throw Violation(reason: "rows of slot \(group.slot), which holds nothing")
        }
        slot.blocks += frame.blocks[group.appendedBlocks]
        try require(Int(group.startPosition) == slot.fedCount, "rows do not go on where the last ended")
        let others = Set(slots.values.flatMap(\.blocks))
        let written = slot.blocks.dropFirst(slot.fedCount / 32)
        try require(others.isDisjoint(with: written), "a block that is written into has two owners")
        for token in frame.tokenIDs[group.tokenIDs] {
            if slot.fedCount == slot.ids.count { slot.ids.append(token) }
            try require(slot.ids[slot.fedCount] == token, "a row's token is not the sequence's")
            slot.fedCount += 1
        }
        try require(slot.blocks.count * 32 >= slot.fedCount, "too few blocks for \(slot.fedCount) positions")
        var answer = StepResult.Group(slot: group.slot)
        if group.wantsToken {
            try require(slot.fedCount == slot.ids.count, "a token is wanted before the last row")
            answer.token = FakeModel.token(after: slot.ids, seed: slot.seed)
        }
        slots[group.slot] = slot
        return answer
    }

    // MARK: - Frames

    private func send(_ kind: MessageKind, _ value: some Encodable) throws {
        try channel.send(kind: kind.rawValue, payload: try RareFrame.encode(value))
    }

    private mutating func receive<Value: Decodable>(_ kind: MessageKind) throws -> Value {
        let byteCount = try receiveEmpty(kind)
        return try RareFrame.decode(from: buffer, byteCount: byteCount)
    }

    @discardableResult
    private mutating func receiveEmpty(_ kind: MessageKind) throws -> Int {
        guard let frame = try channel.receive(into: &buffer, descriptors: &descriptors) else {
            throw FrameError.closed
        }
        try require(frame.kind == kind.rawValue, "kind \(frame.kind) where \(kind) was due")
        return frame.byteCount
    }

    private func require(_ condition: Bool, _ reason: String) throws {
        guard condition else { throw Violation(reason: reason) }
    }
}
