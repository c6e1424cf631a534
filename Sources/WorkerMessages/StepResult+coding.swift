package import Platform

extension StepResult {
    /// Replaces `writer`'s bytes by this result (docs/WIRE_FORMAT.md).
    package func encode(into writer: inout ByteWriter) {
        writer.removeAll()
        writer.append(Self.version)
        writer.append(UInt16(0))
        writer.append(UInt32(groups.count))
        writer.append(stepNumber)
        writer.append(computeNanoseconds)
        writer.append(gatherNanoseconds)
        writer.append(sampleNanoseconds)
        writer.append(serialNanoseconds)
        for group in groups {
            writer.append(group.slot)
            writer.append(UInt32(group.outcome.rawValue))
            writer.append(group.detail)
            writer.append(group.token)
            writer.append(group.tokenLogProbability)
            writer.append(UInt32(group.hashes.count))
            writer.append(UInt32(group.candidates.count))
            writer.append(UInt32(group.logProbabilities.count))
            writer.append(UInt32(group.continuations.count))
            writer.append(raw: hashes[group.hashes.lowerBound * 32..<group.hashes.upperBound * 32])
            for candidate in candidates[group.candidates] { candidate.encode(into: &writer) }
            for value in logProbabilities[group.logProbabilities] { writer.append(value) }
            for candidate in continuations[group.continuations] { candidate.encode(into: &writer) }
        }
    }

    /// Replaces this result by the one in `reader`, keeping the lists' memory.
    /// - Throws: `WireError` naming the field; this result is then undefined.
    package mutating func decode(from reader: inout ByteReader, limits: StepLimits) throws(WireError) {
        removeAll()
        let version = try reader.readUInt16("version")
        guard version == Self.version else {
            throw .unsupportedVersion(found: version, supported: Self.version)
        }
        _ = try reader.readUInt16("padding")
        let groupCount = try reader.readCount("answer count", limit: limits.slotCount)
        stepNumber = try reader.readUInt64("step number")
        computeNanoseconds = try reader.readUInt64("compute time")
        gatherNanoseconds = try reader.readUInt64("gather time")
        sampleNanoseconds = try reader.readUInt64("sample time")
        serialNanoseconds = try reader.readUInt64("serial time")
        for _ in 0..<groupCount { try decodeGroup(from: &reader, limits: limits) }
        try reader.requireEnd()
    }

    private mutating func decodeGroup(
        from reader: inout ByteReader, limits: StepLimits
    ) throws(WireError) {
        let slot = try reader.readInt32("slot")
        let code = try reader.readUInt32("outcome")
        guard let outcome = UInt8(exactly: code).flatMap(Outcome.init(rawValue:)) else {
            throw .unknownCode(what: "outcome", code: code)
        }
        var group = Group(slot: slot, outcome: outcome)
        group.detail = try reader.readInt32("outcome detail")
        group.token = try reader.readInt32("token")
        guard group.token >= -1, Int(group.token) < limits.vocabularyCount else {
            throw .outOfRange(
                what: "token", value: Int64(group.token), allowed: -1...Int64(limits.vocabularyCount - 1))
        }
        group.tokenLogProbability = try reader.readFloat("token log-probability")
        let hashCount = try reader.readCount("hash count", limit: limits.rowCountMax)
        let candidateCount = try reader.readCount(
            "candidate count", limit: limits.rowCountMax * StepLimits.topLogProbabilityCountMax)
        let valueCount = try reader.readCount("log-probability count", limit: limits.rowCountMax)
        let continuationCount = try reader.readCount(
            "continuation count", limit: StepLimits.continuationCountMax)
        let firstHash = hashes.count / 32
        try reader.readBytes(count: hashCount * 32, into: &hashes, "hashes")
        group.hashes = firstHash..<firstHash + hashCount
        let firstCandidate = candidates.count
        for _ in 0..<candidateCount { candidates.append(try Candidate(from: &reader, limits: limits)) }
        group.candidates = firstCandidate..<candidates.count
        let firstValue = logProbabilities.count
        for _ in 0..<valueCount { logProbabilities.append(try reader.readFloat("log-probability")) }
        group.logProbabilities = firstValue..<logProbabilities.count
        let firstContinuation = continuations.count
        for _ in 0..<continuationCount { continuations.append(try Candidate(from: &reader, limits: limits)) }
        group.continuations = firstContinuation..<continuations.count
        groups.append(group)
    }
}

extension StepResult.Candidate {
    fileprivate func encode(into writer: inout ByteWriter) {
        writer.append(tokenID)
        writer.append(logProbability)
    }

    fileprivate init(from reader: inout ByteReader, limits: StepLimits) throws(WireError) {
        let tokenID = try reader.readInt32("candidate")
        guard tokenID >= 0, Int(tokenID) < limits.vocabularyCount else {
            throw .outOfRange(
                what: "candidate", value: Int64(tokenID), allowed: 0...Int64(limits.vocabularyCount - 1))
        }
        self.init(tokenID: tokenID, logProbability: try reader.readFloat("log-probability"))
    }
}
