import Tensors

extension PackWork {
    /// Packs tiles of a matrix that GPTQ or AWQ packed, one at a time: the codes as they are where the entry's format
    /// can hold them, else by way of f32.
    mutating func packTiles(
        _ tiles: Range<Int>, of entry: PackLayout.Entry, from packed: PackedCodes, _ source: TensorSource,
        _ onProgress: (PackProgress) -> Void
    ) throws(ModelError) {
        let zeros: [UInt8]
        let scales: [Float]
        do throws(CheckpointFileError) {
            zeros = try bytes(of: packed.zeros, onProgress)
            scales = try self.scales(of: packed, onProgress)
        } catch { throw ModelError(error) }
        let groups = packed.groups
        let unit = ShardPlan.tileRowCount
        for tile in tiles {
            let outputs = tile * unit..<min((tile + 1) * unit, entry.storage.rowCount)
            let columns = outputs.map { UInt32(source.run(from: $0).first) }
            do throws(CheckpointFileError) { try readCodes(of: packed, columns, onProgress) } catch {
                throw ModelError(error)
            }
            let words = CodeWords(
                bitCount: packed.words.bitCount, direction: .outputs,
                isInterleaved: packed.words.isInterleaved)
            codes.takeZeros(
                zeros, words, lineWordCount: packed.outputCount / packed.words.codeCount, columns: columns,
                groupCount: packed.groupCount)
            codes.takeScales(
                scales, lineCount: packed.outputCount, columns: columns, groupCount: packed.groupCount)
            try checkZeros(of: packed, outputCount: columns.count)
            store(tile, outputCount: columns.count, groups, of: entry, from: packed)
            progress.bytesPacked += entry.unitByteCount
            onProgress(progress)
        }
    }

    private mutating func store(
        _ tile: Int, outputCount: Int, _ groups: [UInt32], of entry: PackLayout.Entry,
        from packed: PackedCodes
    ) {
        let offset = entry.byteOffset + tile * entry.unitByteCount
        if packed.keptFormat == entry.format, case .quantized(let quantization) = entry.format {
            unsafe codes.store(
                outputCount: outputCount, inputCount: packed.inputCount, as: quantization,
                zeroAddend: packed.zeroAddend, repeatCount: packed.repeatCount,
                into: destination.mutableBytes(at: offset, count: entry.unitByteCount))
            return
        }
        let view = scratch.view(rowCount: 1, columnCount: ShardPlan.tileRowCount * packed.inputCount)
        codes.dequantize(outputCount: outputCount, groups: groups, zeroAddend: packed.zeroAddend, into: view)
        store(view, of: entry, at: offset)
    }

    private func checkZeros(of packed: PackedCodes, outputCount: Int) throws(ModelError) {
        guard packed.isSymmetric else { return }
        let stored = packed.middle - packed.zeroAddend
        let range = codes.zeroRange(outputCount: outputCount, groupCount: packed.groupCount)
        guard range == stored...stored else {
            throw ModelError(
                .invalidModel,
                "\(packed.name) holds zeros from \(range.lowerBound) to \(range.upperBound), a symmetric matrix needs "
                    + "\(stored) everywhere")
        }
    }

    /// Reads the words of some outputs into the buffer and takes their codes.
    private mutating func readCodes(
        of packed: PackedCodes, _ columns: [UInt32], _ onProgress: (PackProgress) -> Void
    ) throws(CheckpointFileError) {
        guard let least = columns.min(), let most = columns.max() else { return }
        let isAlongInputs = packed.words.direction == .inputs
        let count = isAlongInputs ? 1 : packed.words.codeCount
        let first = Int(least) / count
        let width = Int(most) / count - first + 1
        for line in 0..<packed.lineCount {
            let start = packed.codes.range.lowerBound + (line * packed.lineWordCount + first) * 4
            try staging.read(start..<start + width * 4, of: packed.codes.file, at: line * width * 4)
        }
        progress.bytesRead += packed.lineCount * width * 4
        onProgress(progress)
        staging.takeCodes(
            packed.words, lineWordCount: width, columns: columns.map { $0 - UInt32(first * count) },
            inputCount: packed.inputCount, into: &codes)
    }

    private mutating func bytes(
        of place: PackedCodes.Place, _ onProgress: (PackProgress) -> Void
    ) throws(CheckpointFileError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: place.range.count)
        try place.file.read(place.range, into: &bytes, at: 0)
        progress.bytesRead += bytes.count
        onProgress(progress)
        return bytes
    }

    private mutating func scales(
        of packed: PackedCodes, _ onProgress: (PackProgress) -> Void
    ) throws(CheckpointFileError) -> [Float] {
        let bytes = try bytes(of: packed.scales, onProgress)
        func word(_ index: Int) -> UInt32 { UInt32(bytes[index]) | UInt32(bytes[index + 1]) << 8 }
        return (0..<packed.groupCount * packed.outputCount).map { index in
            switch packed.scaleStorage {
            case .f16: Float(Float16(bitPattern: UInt16(word(2 * index))))
            case .bf16: Float(bitPattern: word(2 * index) << 16)
            case .f32: Float(bitPattern: word(4 * index) | word(4 * index + 2) << 16)
            }
        }
    }
}
