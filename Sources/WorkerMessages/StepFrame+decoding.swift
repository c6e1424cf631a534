package import Platform

extension StepFrame {
    /// Replaces this frame by the one in `reader`, keeping the lists' memory.
    ///
    /// Counts are checked against `limits` before anything is read for them; whether positions, blocks and ids make
    /// sense for the slots' state is the executor's to check.
    /// - Throws: `WireError` naming the field; this frame is then undefined.
    package mutating func decode(from reader: inout ByteReader, limits: StepLimits) throws(WireError) {
        removeAll()
        let version = try reader.readUInt16("version")
        guard version == Self.version else {
            throw .unsupportedVersion(found: version, supported: Self.version)
        }
        _ = try reader.readUInt16("padding")
        let groupCount = try reader.readCount("row group count", limit: limits.slotCount)
        stepNumber = try reader.readUInt64("step number")
        let releasedCount = try reader.readCount("released slot count", limit: limits.slotCount)
        try reader.readInt32s(count: releasedCount, into: &releasedSlots, "released slots")
        var rowCount = 0
        for _ in 0..<groupCount {
            try decodeGroup(from: &reader, limits: limits, rowCount: &rowCount)
        }
        try reader.requireEnd()
    }

    private mutating func decodeGroup(
        from reader: inout ByteReader, limits: StepLimits, rowCount: inout Int
    ) throws(WireError) {
        let slot = try reader.readInt32("slot")
        let startPosition = try reader.readInt32("start position")
        let tokenCount = try reader.readCount("row count of a group", limit: limits.rowCountMax - rowCount)
        let rows = try reader.readUInt8("logits rows")
        let flags = try reader.readUInt8("flags")
        let topCount = try reader.readUInt16("log-probability count")
        let continuationCount = try reader.readUInt16("continuation count")
        _ = try reader.readUInt16("row group padding")
        let sectionCount = try reader.readCount("section count", limit: 4)
        guard let logitsRows = LogitsRows(rawValue: rows) else {
            throw .unknownCode(what: "logits rows", code: UInt32(rows))
        }
        guard flags < 8 else { throw .unknownCode(what: "row group flags", code: UInt32(flags)) }
        guard topCount <= StepLimits.topLogProbabilityCountMax else {
            throw .outOfRange(
                what: "log-probability count", value: Int64(topCount),
                allowed: 0...Int64(StepLimits.topLogProbabilityCountMax))
        }
        guard continuationCount <= StepLimits.continuationCountMax else {
            throw .outOfRange(
                what: "continuation count", value: Int64(continuationCount),
                allowed: 0...Int64(StepLimits.continuationCountMax))
        }
        rowCount += tokenCount
        let tokens = try readTokens(count: tokenCount, from: &reader, "row tokens")
        var group = RowGroup(slot: slot, startPosition: startPosition, tokenIDs: tokens)
        group.logitsRows = logitsRows
        group.wantsToken = flags & 1 != 0
        group.wantsHashes = flags & 2 != 0
        group.wantsLogProbabilities = flags & 4 != 0
        group.topLogProbabilityCount = topCount
        group.continuationCount = continuationCount
        for _ in 0..<sectionCount { try decodeSection(of: &group, from: &reader, limits: limits) }
        rowGroups.append(group)
    }

    private mutating func decodeSection(
        of group: inout RowGroup, from reader: inout ByteReader, limits: StepLimits
    ) throws(WireError) {
        let (tag, byteCount) = try Self.readSectionHeader(from: &reader)
        let start = reader.remainingByteCount
        switch StepSection(rawValue: tag) {
        case .appendedBlocks:
            let count = try Self.elementCount(byteCount, size: 4, limit: limits.blockCount, "appended blocks")
            let first = blocks.count
            try reader.readInt32s(count: count, into: &blocks, "appended blocks")
            group.appendedBlocks = first..<blocks.count
        case .blockCopies:
            let count = try Self.elementCount(byteCount, size: 8, limit: limits.blockCount, "block copies")
            let first = blockCopies.count
            for _ in 0..<count {
                let source = try reader.readInt32("copy source")
                blockCopies.append(
                    BlockCopy(source: source, destination: try reader.readInt32("copy destination")))
            }
            group.blockCopies = first..<blockCopies.count
        case .draftTokens:
            let count = try Self.elementCount(byteCount, size: 4, limit: limits.rowCountMax, "draft tokens")
            group.draftTokenIDs = try readTokens(count: count, from: &reader, "draft tokens")
        case .installation:
            group.installation = installations.count
            try decodeInstallation(from: &reader, limits: limits)
        default:
            throw .unknownSection(tag: tag)
        }
        try Self.requireConsumed(byteCount, start - reader.remainingByteCount)
    }

    private mutating func decodeInstallation(
        from reader: inout ByteReader, limits: StepLimits
    ) throws(WireError) {
        let tokenCount = try reader.readCount("installed token count", limit: limits.maxSequenceLength)
        let promptTokenCount = try reader.readInt32("prompt token count")
        let choiceIndex = try reader.readInt32("choice index")
        let parameters = try SamplingParameters(from: &reader)
        let sectionCount = try reader.readCount("installation section count", limit: 5)
        let tokens = try readTokens(count: tokenCount, from: &reader, "installed tokens")
        var installation = Installation(
            allTokenIDs: tokens, promptTokenCount: promptTokenCount, parameters: parameters)
        installation.choiceIndex = choiceIndex
        let listLimit = StepLimits.bannedTokenCountMax
        for _ in 0..<sectionCount {
            let (tag, byteCount) = try Self.readSectionHeader(from: &reader)
            let start = reader.remainingByteCount
            switch StepSection(rawValue: tag) {
            case .endOfText:
                let count = try Self.elementCount(byteCount, size: 4, limit: listLimit, "end-of-text ids")
                installation.endOfTextIDs = try readTokens(count: count, from: &reader, "end-of-text ids")
            case .bannedTokens:
                let count = try Self.elementCount(byteCount, size: 4, limit: listLimit, "banned tokens")
                installation.bannedTokenIDs = try readTokens(count: count, from: &reader, "banned tokens")
            case .bannedSequences:
                let first = bannedSequences.count
                var remainingCount = try Self.elementCount(
                    byteCount, size: 4, limit: 2 * listLimit, "banned sequences")
                while remainingCount > 0 {
                    let count = try reader.readCount("banned sequence", limit: remainingCount - 1)
                    bannedSequences.append(try readTokens(count: count, from: &reader, "banned sequence"))
                    remainingCount -= count + 1
                }
                installation.bannedSequences = first..<bannedSequences.count
            case .biases:
                let count = try Self.elementCount(byteCount, size: 8, limit: listLimit, "biases")
                let first = biases.count
                for _ in 0..<count {
                    let tokenID = try reader.readInt32("bias token")
                    biases.append(Bias(tokenID: tokenID, value: try reader.readFloat("bias value")))
                }
                installation.biases = first..<biases.count
            case .adapter:
                installation.adapterID = try reader.readInt32("adapter")
            default:
                throw .unknownSection(tag: tag)
            }
            try Self.requireConsumed(byteCount, start - reader.remainingByteCount)
        }
        installations.append(installation)
    }

    private mutating func readTokens(
        count: Int, from reader: inout ByteReader, _ what: StaticString
    ) throws(WireError) -> Range<Int> {
        let first = tokenIDs.count
        try reader.readInt32s(count: count, into: &tokenIDs, what)
        return first..<tokenIDs.count
    }

    private static func readSectionHeader(
        from reader: inout ByteReader
    ) throws(WireError) -> (tag: UInt16, byteCount: Int) {
        let tag = try reader.readUInt16("section tag")
        guard StepSection(rawValue: tag) != nil else { throw .unknownSection(tag: tag) }
        _ = try reader.readUInt16("section padding")
        let payloadLimit = max(0, reader.remainingByteCount - 4)
        return (tag, try reader.readCount("section byte count", limit: payloadLimit))
    }

    private static func elementCount(
        _ byteCount: Int, size: Int, limit: Int, _ what: String
    ) throws(WireError) -> Int {
        guard byteCount % size == 0, byteCount / size <= limit else {
            throw .outOfRange(
                what: "byte count of \(what)", value: Int64(byteCount), allowed: 0...Int64(limit * size))
        }
        return byteCount / size
    }

    private static func requireConsumed(_ stated: Int, _ consumed: Int) throws(WireError) {
        guard stated == consumed else {
            throw .outOfRange(
                what: "section byte count", value: Int64(stated), allowed: Int64(consumed)...Int64(consumed))
        }
    }
}
