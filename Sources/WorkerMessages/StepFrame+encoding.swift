package import Platform

/// Tags of the sections that may follow a row group's or an installation's fixed fields.
///
/// A section is: tag (UInt16), zero (UInt16), payload byte count (UInt32), payload.
enum StepSection: UInt16 {
    /// Int32 block numbers.
    case appendedBlocks = 1
    /// Pairs of Int32: source, destination.
    case blockCopies = 2
    /// Int32 token ids.
    case draftTokens = 3
    /// A whole installation: fixed fields, all token ids, then sections 6...10.
    case installation = 5
    /// Int32 token ids.
    case endOfText = 6
    /// Int32 token ids.
    case bannedTokens = 7
    /// Pairs of Int32 and Float.
    case biases = 8
    /// Int32 adapter number.
    case adapter = 9
    /// Int32: an id count, then so many token ids, again and again.
    case bannedSequences = 10
}

extension StepFrame {
    /// Replaces `writer`'s bytes by this frame (docs/WIRE_FORMAT.md).
    package func encode(into writer: inout ByteWriter) {
        writer.removeAll()
        writer.append(Self.version)
        writer.append(UInt16(0))
        writer.append(UInt32(rowGroups.count))
        writer.append(stepNumber)
        writer.append(UInt32(releasedSlots.count))
        writer.append(releasedSlots)
        for group in rowGroups { encode(group, into: &writer) }
    }

    private func encode(_ group: RowGroup, into writer: inout ByteWriter) {
        writer.append(group.slot)
        writer.append(group.startPosition)
        writer.append(UInt32(group.tokenIDs.count))
        writer.append(group.logitsRows.rawValue)
        writer.append(
            UInt8(group.wantsToken ? 1 : 0) | UInt8(group.wantsHashes ? 2 : 0)
                | UInt8(group.wantsLogProbabilities ? 4 : 0))
        writer.append(group.topLogProbabilityCount)
        writer.append(group.continuationCount)
        writer.append(UInt16(0))
        let sectionCountOffset = writer.bytes.count
        writer.append(UInt32(0))
        writer.append(tokenIDs[group.tokenIDs])
        var sectionCount: UInt32 = 0
        if !group.appendedBlocks.isEmpty {
            section(.appendedBlocks, of: blocks[group.appendedBlocks], into: &writer, count: &sectionCount)
        }
        if !group.blockCopies.isEmpty {
            section(.blockCopies, into: &writer, count: &sectionCount) { writer in
                for copy in blockCopies[group.blockCopies] {
                    writer.append(copy.source)
                    writer.append(copy.destination)
                }
            }
        }
        if !group.draftTokenIDs.isEmpty {
            section(.draftTokens, of: tokenIDs[group.draftTokenIDs], into: &writer, count: &sectionCount)
        }
        if let index = group.installation {
            section(.installation, into: &writer, count: &sectionCount) { writer in
                encode(installations[index], into: &writer)
            }
        }
        writer.replace(at: sectionCountOffset, with: sectionCount)
    }

    private func encode(_ installation: Installation, into writer: inout ByteWriter) {
        writer.append(UInt32(installation.allTokenIDs.count))
        writer.append(installation.promptTokenCount)
        writer.append(installation.choiceIndex)
        installation.parameters.encode(into: &writer)
        let sectionCountOffset = writer.bytes.count
        writer.append(UInt32(0))
        writer.append(tokenIDs[installation.allTokenIDs])
        var sectionCount: UInt32 = 0
        if !installation.endOfTextIDs.isEmpty {
            section(.endOfText, of: tokenIDs[installation.endOfTextIDs], into: &writer, count: &sectionCount)
        }
        if !installation.bannedTokenIDs.isEmpty {
            section(
                .bannedTokens, of: tokenIDs[installation.bannedTokenIDs], into: &writer, count: &sectionCount)
        }
        if !installation.bannedSequences.isEmpty {
            section(.bannedSequences, into: &writer, count: &sectionCount) { writer in
                for sequence in bannedSequences[installation.bannedSequences] {
                    writer.append(UInt32(sequence.count))
                    writer.append(tokenIDs[sequence])
                }
            }
        }
        if !installation.biases.isEmpty {
            section(.biases, into: &writer, count: &sectionCount) { writer in
                for bias in biases[installation.biases] {
                    writer.append(bias.tokenID)
                    writer.append(bias.value)
                }
            }
        }
        if installation.adapterID >= 0 {
            section(.adapter, into: &writer, count: &sectionCount) { $0.append(installation.adapterID) }
        }
        writer.replace(at: sectionCountOffset, with: sectionCount)
    }

    private func section(
        _ tag: StepSection, into writer: inout ByteWriter, count: inout UInt32,
        payload: (inout ByteWriter) -> Void
    ) {
        writer.append(tag.rawValue)
        writer.append(UInt16(0))
        let byteCountOffset = writer.bytes.count
        writer.append(UInt32(0))
        payload(&writer)
        writer.replace(at: byteCountOffset, with: UInt32(writer.bytes.count - byteCountOffset - 4))
        count += 1
    }

    private func section(
        _ tag: StepSection, of values: ArraySlice<Int32>, into writer: inout ByteWriter, count: inout UInt32
    ) {
        section(tag, into: &writer, count: &count) { $0.append(values) }
    }
}

extension SamplingParameters {
    func encode(into writer: inout ByteWriter) {
        writer.append(temperature)
        writer.append(topP)
        writer.append(minP)
        writer.append(typicalP)
        writer.append(repetitionPenalty)
        writer.append(presencePenalty)
        writer.append(frequencyPenalty)
        writer.append(topK)
        writer.append(noRepeatNGramSize)
        writer.append(minNewTokenCount)
        writer.append(seed)
    }

    init(from reader: inout ByteReader) throws(WireError) {
        self.init()
        temperature = try reader.readFloat("temperature")
        topP = try reader.readFloat("top-p")
        minP = try reader.readFloat("min-p")
        typicalP = try reader.readFloat("typical-p")
        repetitionPenalty = try reader.readFloat("repetition penalty")
        presencePenalty = try reader.readFloat("presence penalty")
        frequencyPenalty = try reader.readFloat("frequency penalty")
        topK = try reader.readInt32("top-k")
        noRepeatNGramSize = try reader.readInt32("no-repeat n-gram size")
        minNewTokenCount = try reader.readInt32("minimum of new tokens")
        seed = try reader.readUInt64("seed")
    }
}
