/// What a GGUF header says of a tensor, before it is checked against the file.
struct GGUFTensorEntry {
    let name: String
    /// As in the file: the first one's elements are neighbours.
    let dimensions: [Int]
    let typeNumber: UInt32
    let offset: Int

    /// Reads the next entry.
    init(_ scanner: inout GGUFScanner) throws(GGUFError) {
        name = try scanner.string("a tensor's name", limit: GGUFFile.nameByteCountMax)
        let count = try scanner.integer(UInt32.self, "a tensor's dimension count")
        guard (1...GGUFFile.dimensionCountMax).contains(Int(count)) else {
            throw .tensor(
                path: scanner.file.path, name: name,
                reason: "it has \(count) dimensions, allowed are 1 to \(GGUFFile.dimensionCountMax)")
        }
        var dimensions: [Int] = []
        for _ in 0..<count { dimensions.append(try scanner.count("a dimension", limit: Int(Int32.max))) }
        self.dimensions = dimensions
        typeNumber = try scanner.integer(UInt32.self, "a tensor's type")
        offset = try scanner.count("a tensor's offset", limit: Int.max)
    }

    /// The tensor, whose bytes lie in the file behind `start`.
    func tensor(_ file: CheckpointFile, start: Int, alignment: Int) throws(GGUFError) -> GGUFTensor {
        func refusal(_ reason: String) -> GGUFError { .tensor(path: file.path, name: name, reason: reason) }
        guard let format = GGUFTensorEntry.formats[typeNumber] else {
            return GGUFTensor(
                name: name, dimensions: dimensions.reversed(), typeNumber: typeNumber, format: nil,
                range: start..<start)
        }
        var count = 1
        for dimension in dimensions {
            let (product, overflows) = count.multipliedReportingOverflow(by: dimension)
            // No element takes more than four bytes.
            guard !overflows, product <= Int.max / 4 else {
                throw refusal("the product of its dimensions \(dimensions) overflows")
            }
            count = product
        }
        if case .blocks(let blocks) = format, !dimensions[0].isMultiple(of: blocks.inputCount) {
            throw refusal(
                "rows of \(dimensions[0]) are no whole blocks of \(blocks.rawValue), which have \(blocks.inputCount)"
            )
        }
        guard offset.isMultiple(of: alignment) else {
            throw refusal("its offset \(offset) is no multiple of the alignment \(alignment)")
        }
        let byteCount = format.byteCount(of: count)
        guard offset <= file.byteCount - start, byteCount <= file.byteCount - start - offset else {
            throw refusal(
                "it has \(byteCount) bytes at offset \(offset), the file has \(file.byteCount - start) of tensors"
            )
        }
        return GGUFTensor(
            name: name, dimensions: dimensions.reversed(), typeNumber: typeNumber, format: format,
            range: start + offset..<start + offset + byteCount)
    }

    /// The types that are read, by their numbers.
    private static let formats: [UInt32: RowFormat] = [
        0: .plain(.f32), 1: .plain(.f16), 30: .plain(.bf16),
        2: .blocks(.q4x0), 3: .blocks(.q4x1), 6: .blocks(.q5x0), 7: .blocks(.q5x1), 8: .blocks(.q8x0),
        10: .blocks(.q2K), 11: .blocks(.q3K), 12: .blocks(.q4K), 13: .blocks(.q5K), 14: .blocks(.q6K),
    ]
}
