import Platform
import Testing
import WorkerMessages

private let limits = StepLimits(
    slotCount: 4, rowCountMax: 64, maxSequenceLength: 100, blockCount: 16, vocabularyCount: 1000)

/// A frame in which every field and section occurs.
private func fullFrame() -> StepFrame {
    var frame = StepFrame()
    frame.stepNumber = 7
    frame.releasedSlots = [3, 1]
    var first = StepFrame.RowGroup(slot: 2, startPosition: 0, tokenIDs: frame.store(tokenIDs: [5, 6, 7]))
    first.logitsRows = .all
    first.wantsToken = true
    first.wantsHashes = true
    first.topLogProbabilityCount = 5
    first.appendedBlocks = frame.store(blocks: [9, 11])
    frame.blockCopies = [.init(source: 1, destination: 9)]
    first.blockCopies = 0..<1
    first.draftTokenIDs = frame.store(tokenIDs: [8, 9])
    first.wantsLogProbabilities = true
    first.continuationCount = 12
    var parameters = SamplingParameters()
    parameters.temperature = 0.7
    parameters.topP = 0.9
    parameters.topK = 40
    parameters.minP = 0.01
    parameters.typicalP = 0.95
    parameters.repetitionPenalty = 1.1
    parameters.presencePenalty = 0.5
    parameters.frequencyPenalty = 0.25
    parameters.noRepeatNGramSize = 3
    parameters.minNewTokenCount = 4
    parameters.seed = 0xDEAD_BEEF_0123_4567
    var installation = StepFrame.Installation(
        allTokenIDs: frame.store(tokenIDs: [5, 6, 7, 8]), promptTokenCount: 3, parameters: parameters)
    installation.choiceIndex = 2
    installation.endOfTextIDs = frame.store(tokenIDs: [0, 2])
    installation.bannedTokenIDs = frame.store(tokenIDs: [13])
    installation.bannedSequences = frame.store(bannedSequences: [[1, 2], [3, 4, 5]])
    frame.biases = [.init(tokenID: 4, value: -1.5)]
    installation.biases = 0..<1
    installation.adapterID = 6
    frame.installations = [installation]
    first.installation = 0
    let second = StepFrame.RowGroup(slot: 0, startPosition: 41, tokenIDs: frame.store(tokenIDs: [999]))
    frame.rowGroups = [first, second]
    return frame
}

private func encoded(_ frame: StepFrame) -> [UInt8] {
    var writer = ByteWriter()
    frame.encode(into: &writer)
    return writer.bytes
}

private func decoded(_ bytes: [UInt8], limits: StepLimits = limits) throws -> StepFrame {
    var frame = StepFrame()
    var reader = ByteReader(bytes, range: 0..<bytes.count)
    try frame.decode(from: &reader, limits: limits)
    return frame
}

/// What a frame says, with the ranges replaced by the values they point at.
private func meaning(_ frame: StepFrame) -> [String] {
    frame.rowGroups.map { group in
        let installation = group.installation.map { index -> String in
            let value = frame.installations[index]
            return """
                \(frame.tokenIDs[value.allTokenIDs]) \(value.promptTokenCount) \(value.parameters) \
                \(value.choiceIndex) \(frame.tokenIDs[value.endOfTextIDs]) \
                \(frame.tokenIDs[value.bannedTokenIDs]) \
                \(frame.bannedSequences[value.bannedSequences].map { frame.tokenIDs[$0] }) \
                \(frame.biases[value.biases]) \(value.adapterID)
                """
        }
        return """
            \(group.slot) \(group.startPosition) \(frame.tokenIDs[group.tokenIDs]) \(group.logitsRows) \
            \(group.wantsToken) \(group.wantsHashes) \(group.topLogProbabilityCount) \
            \(frame.blocks[group.appendedBlocks]) \(frame.blockCopies[group.blockCopies]) \
            \(frame.tokenIDs[group.draftTokenIDs]) \(group.wantsLogProbabilities) \
            \(group.continuationCount) \(installation ?? "none")
            """
    }
}

@Suite("Step frames on the wire")
struct StepFrameCodingTests {
    @Test("every field and section survives encoding and decoding")
    func everyFieldSurvives() throws {
        let frame = fullFrame()
        let copy = try decoded(encoded(frame))
        #expect(meaning(copy) == meaning(frame))
        #expect(copy.stepNumber == 7)
        #expect(copy.releasedSlots == [3, 1])
        #expect(copy.rowCount == 4)
    }

    @Test("the fixed fields stand where the format says, little-endian")
    func bytesOfASmallFrame() {
        var frame = StepFrame()
        frame.stepNumber = 0x0102
        var group = StepFrame.RowGroup(slot: 1, startPosition: 2, tokenIDs: frame.store(tokenIDs: [258]))
        group.logitsRows = .last
        group.wantsToken = true
        frame.rowGroups = [group]
        #expect(
            encoded(frame) == [
                2, 0, 0, 0, 1, 0, 0, 0, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,  // version … released
                1, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 1, 0, 0,
            ])
    }

    @Test("a frame cut anywhere is refused, and so are bytes after its end")
    func truncation() {
        let bytes = encoded(fullFrame())
        for count in 0..<bytes.count {
            #expect(throws: WireError.self) { try decoded(Array(bytes.prefix(count))) }
        }
        #expect(throws: WireError.trailingBytes(count: 1)) { try decoded(bytes + [0]) }
    }

    @Test("another version and an unknown section are refused by number")
    func versionAndSection() throws {
        var bytes = encoded(fullFrame())
        bytes[0] = 1
        #expect(throws: WireError.unsupportedVersion(found: 1, supported: 2)) { try decoded(bytes) }

        var frame = StepFrame()
        frame.stepNumber = 1
        var group = StepFrame.RowGroup(slot: 0, startPosition: 0, tokenIDs: frame.store(tokenIDs: [1]))
        group.appendedBlocks = frame.store(blocks: [0])
        frame.rowGroups = [group]
        var other = encoded(frame)
        let tagOffset = other.count - 12
        #expect(other[tagOffset] == 1)
        other[tagOffset] = 77
        #expect(throws: WireError.unknownSection(tag: 77)) { try decoded(other) }
    }

    @Test("row and group counts at the limit pass, one more is refused")
    func limitsOfCounts() throws {
        func frame(rows: Int, groups: Int = 1) -> StepFrame {
            var frame = StepFrame()
            for slot in 0..<groups {
                let tokens = frame.store(tokenIDs: [Int32](repeating: 1, count: rows))
                frame.rowGroups.append(.init(slot: Int32(slot), startPosition: 0, tokenIDs: tokens))
            }
            return frame
        }
        #expect(try decoded(encoded(frame(rows: 64))).rowCount == 64)
        #expect(throws: WireError.outOfRange(what: "row count of a group", value: 65, allowed: 0...64)) {
            try decoded(encoded(frame(rows: 65)))
        }
        #expect(try decoded(encoded(frame(rows: 1, groups: 4))).rowGroups.count == 4)
        #expect(throws: WireError.outOfRange(what: "row group count", value: 5, allowed: 0...4)) {
            try decoded(encoded(frame(rows: 1, groups: 5)))
        }
    }

    @Test("a section whose byte count lies is refused")
    func lyingSection() throws {
        var frame = StepFrame()
        var group = StepFrame.RowGroup(slot: 0, startPosition: 0, tokenIDs: frame.store(tokenIDs: [1]))
        group.appendedBlocks = frame.store(blocks: [0, 1])
        frame.rowGroups = [group]
        var bytes = encoded(frame)
        let countOffset = bytes.count - 12
        #expect(bytes[countOffset] == 8)
        bytes[countOffset] = 7
        #expect(throws: WireError.self) { try decoded(bytes) }
        bytes[countOffset] = 255
        #expect(throws: WireError.outOfRange(what: "section byte count", value: 255, allowed: 0...8)) {
            try decoded(bytes)
        }
    }

    @Test("decoding into a used frame leaves nothing of the old one")
    func reuse() throws {
        var frame = fullFrame()
        let small = StepFrame()
        let bytes = encoded(small)
        var reader = ByteReader(bytes, range: 0..<bytes.count)
        try frame.decode(from: &reader, limits: limits)
        #expect(frame == small)
    }
}

@Suite("Step results on the wire")
struct StepResultCodingTests {
    private func full() -> StepResult {
        var result = StepResult()
        result.stepNumber = 9
        result.computeNanoseconds = 1 << 40
        result.gatherNanoseconds = 3
        result.sampleNanoseconds = 4
        result.serialNanoseconds = 5
        var first = StepResult.Group(slot: 1)
        first.token = 999
        first.hashes = 0..<2
        first.tokenLogProbability = -4.5
        first.candidates = 0..<1
        first.logProbabilities = 0..<2
        first.continuations = 0..<1
        result.logProbabilities = [-1.5, -2.5]
        result.continuations = [.init(tokenID: 4, logProbability: -0.5)]
        result.hashes = (0..<64).map { UInt8($0) }
        result.candidates = [.init(tokenID: 3, logProbability: -0.25)]
        var second = StepResult.Group(slot: 2, outcome: .nonFinite)
        second.detail = 5
        second.hashes = 2..<2
        second.candidates = 1..<1
        second.logProbabilities = 2..<2
        second.continuations = 1..<1
        result.groups = [first, second]
        return result
    }

    private func encoded(_ result: StepResult) -> [UInt8] {
        var writer = ByteWriter()
        result.encode(into: &writer)
        return writer.bytes
    }

    private func decoded(_ bytes: [UInt8]) throws -> StepResult {
        var result = StepResult()
        var reader = ByteReader(bytes, range: 0..<bytes.count)
        try result.decode(from: &reader, limits: limits)
        return result
    }

    @Test("every field survives encoding and decoding")
    func everyFieldSurvives() throws {
        #expect(try decoded(encoded(full())) == full())
    }

    @Test("a result cut anywhere is refused")
    func truncation() {
        let bytes = encoded(full())
        for count in 0..<bytes.count {
            #expect(throws: WireError.self) { try decoded(Array(bytes.prefix(count))) }
        }
    }

    @Test("a token outside the vocabulary and an unknown outcome are refused")
    func wrongValues() {
        var wrong = full()
        wrong.groups[0].token = 1000
        #expect(throws: WireError.outOfRange(what: "token", value: 1000, allowed: -1...999)) {
            try decoded(encoded(wrong))
        }
        wrong = full()
        wrong.continuations[0].tokenID = 1000
        #expect(throws: WireError.outOfRange(what: "candidate", value: 1000, allowed: 0...999)) {
            try decoded(encoded(wrong))
        }
        var bytes = encoded(full())
        bytes[52] = 9
        #expect(throws: WireError.unknownCode(what: "outcome", code: 9)) { try decoded(bytes) }
    }
}
